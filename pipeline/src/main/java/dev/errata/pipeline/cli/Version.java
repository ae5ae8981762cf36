package dev.errata.pipeline.cli;

import picocli.CommandLine.IVersionProvider;

/** What {@code --version} says. */
public final class Version implements IVersionProvider {
    public static final String ERRATA = "0.1.0";

    @Override
    public String[] getVersion() {
        return new String[] {"errata " + ERRATA, "Java " + Runtime.version()};
    }
}
