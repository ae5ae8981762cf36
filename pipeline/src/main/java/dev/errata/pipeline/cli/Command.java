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

    /** What a user is told whose signal ended it. */
    default String whenStopped() {
        return "all work is saved: run the same command again and it continues";
    }

    /** {@link #whenStopped} of a command that measures or shows something. */
    interface StartsOver extends Command {
        @Override
        default String whenStopped() {
            return "and nothing is kept of what it did: run the same command again and it begins anew";
        }
    }
}
