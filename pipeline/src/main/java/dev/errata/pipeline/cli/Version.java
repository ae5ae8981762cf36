package dev.errata.pipeline.cli;

import dev.errata.pipeline.run.Manifest;
import picocli.CommandLine.IVersionProvider;

/** What {@code --version} says. */
public final class Version implements IVersionProvider {
    public static final String ERRATA = Manifest.ERRATA_VERSION;

    @Override
    public String[] getVersion() {
        return new String[] {"errata " + ERRATA, "Java " + Runtime.version()};
    }
}
