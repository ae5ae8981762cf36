package dev.errata.pipeline.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The top of the command line, without a command: help or version. */
@Command(
        name = "errata",
        description = "A language model engine that learns from its own mistakes.",
        versionProvider = Version.class,
        synopsisSubcommandLabel = "COMMAND",
        footer = {"", "Example:", "  errata demo"})
final class Errata {
    @Mixin
    GlobalOptions options = new GlobalOptions();

    @Option(
            names = {"-V", "--version"},
            versionHelp = true,
            description = "the version")
    boolean version;
}
