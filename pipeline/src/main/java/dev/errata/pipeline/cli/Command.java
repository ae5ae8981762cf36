package dev.errata.pipeline.cli;

/**
 * One command of {@code errata}: a class with picocli's {@code @Command(name = …)}, options and a constructor without
 * parameters, named in {@code META-INF/services/dev.errata.pipeline.cli.Command}. The options that every command has are
 * in the {@link Session}.
 */
public interface Command {
    /**
     * Does the work. Failures are thrown: {@code BadInputException} (exit 2), {@code RunFailedException} (exit 1), {@code
     * StoppedException} (130 or 143).
     */
    void run(Session session);

    /** Whether {@code --threads} may give several numbers, which {@link Session#threadCounts} has then. */
    default boolean takesSeveralThreadCounts() {
        return false;
    }
}
