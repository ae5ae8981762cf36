package dev.errata.pipeline.cli.chat;

/** Where a person's messages come from. */
interface MessageSource extends AutoCloseable {
    /** The next message; null when there is none any more. */
    String next();

    /** Whether a person sits there, who is told what to do where something is wrong; else the program ends. */
    boolean isInteractive();

    /**
     * Runs this while the answer is written.
     *
     * @param stop what to do when the person wants no more of it
     */
    void whileAnswering(Runnable answer, Runnable stop);

    @Override
    void close();
}
