package dev.errata.pipeline.correct.openai;

/** What came of one try. */
sealed interface Reply {
    /**
     * A text.
     *
     * @param totalTokens what the endpoint says it cost; 0 where it says nothing
     */
    record Answer(String text, long totalTokens) implements Reply {}

    /**
     * Something that may pass: try again.
     *
     * @param waitMillis the least time to wait that the endpoint asks for; 0 where it asks for none
     */
    record Failed(String reason, long waitMillis) implements Reply {}

    /** The endpoint won't take this request however often it is sent. */
    record Rejected(String reason) implements Reply {}

    /** The endpoint does not accept the key. */
    record KeyRefused(int status) implements Reply {}
}
