package dev.errata.bench.recovery.fault;

import java.util.List;

/**
 * What is to go wrong in a process, which hears of it by system properties.
 *
 * @param folder operations on files in this folder count, others never fail
 * @param kind what happens
 * @param at at which operation, from 1 on; 0: never
 * @param seed of what is random about it
 * @param log a file outside of the folder that gets a line for each operation; empty: none
 */
public record FaultPlan(String folder, FaultKind kind, int at, long seed, String log) {
    private static final String PREFIX = "errata.fault.";

    static FaultPlan ofThisProcess() {
        return new FaultPlan(
                System.getProperty(PREFIX + "folder"),
                FaultKind.valueOf(System.getProperty(PREFIX + "kind")),
                Integer.getInteger(PREFIX + "at"),
                Long.getLong(PREFIX + "seed"),
                System.getProperty(PREFIX + "log"));
    }

    /** Options of a JVM that runs on such a disk. */
    public List<String> options() {
        return List.of(
                "-Djava.nio.file.spi.DefaultFileSystemProvider=" + FaultyFileSystemProvider.class.getName(),
                "-D" + PREFIX + "folder=" + folder,
                "-D" + PREFIX + "kind=" + kind,
                "-D" + PREFIX + "at=" + at,
                "-D" + PREFIX + "seed=" + seed,
                "-D" + PREFIX + "log=" + log);
    }
}
