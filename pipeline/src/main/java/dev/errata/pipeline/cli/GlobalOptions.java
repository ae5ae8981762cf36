package dev.errata.pipeline.cli;

import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.ScopeType;

/** The options of every command. */
final class GlobalOptions {
    @Option(names = "--json", scope = ScopeType.INHERIT, description = "results on stdout as JSON")
    boolean json;

    @Option(
            names = "--threads",
            scope = ScopeType.INHERIT,
            paramLabel = "N",
            split = ",",
            description = "threads to compute with (default: all cores); bench takes several, as 1,2")
    List<Integer> threads = List.of();

    @Option(
            names = "--device",
            scope = ScopeType.INHERIT,
            paramLabel = "NAME",
            description = "cpu, cuda, sim or reference (default: the best there is)")
    String device;

    @Option(
            names = "--machine-code",
            scope = ScopeType.INHERIT,
            paramLabel = "auto|off",
            description = "whether machine code computes products where the processor has units for them (auto)")
    String machineCode;

    @Option(
            names = "--change-device",
            scope = ScopeType.INHERIT,
            description = "let a training that was begun on another device go on on this one; its bits change")
    boolean changeDevice;

    @Option(names = "--seed", scope = ScopeType.INHERIT, paramLabel = "N", description = "seed of all random numbers")
    Long seed;

    @Option(names = "--quiet", scope = ScopeType.INHERIT, description = "no progress on stderr")
    boolean quiet;

    @Option(names = "--stacktrace", scope = ScopeType.INHERIT, description = "the stack trace of a failure")
    boolean stacktrace;

    @Option(
            names = {"-h", "--help"},
            scope = ScopeType.INHERIT,
            usageHelp = true,
            description = "this help")
    boolean help;
}
