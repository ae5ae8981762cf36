package dev.errata.pipeline.cli;

import dev.errata.pipeline.folder.Provenance;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} says. */
public final class Version implements IVersionProvider {
    public static final String ERRATA = Provenance.ERRATA_VERSION;

    @Override
    public String[] getVersion() {
        return new String[] {"errata " + ERRATA, "Java " + Runtime.version()};
    }
}
