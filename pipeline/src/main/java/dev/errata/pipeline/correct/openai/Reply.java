package dev.errata.pipeline.correct.openai;

/** What came of one try. */
sealed interface Reply {
    /** What stays the same however often the request is sent; it becomes a record. */
    sealed interface Final extends Reply {
        /** What the endpoint wrote, thinking left out; null where it wrote nothing. */
        String text();

        /** What the endpoint says that it cost; 0 where it says nothing. */
        long totalTokens();
    }

    /** A whole text. */
    record Answer(String text, long totalTokens) implements Final {}

    /** A text that ends where {@code max_tokens} did, be it in the middle of the reasoning. */
    record CutOff(String text, long totalTokens) implements Final {}

    /**
     * The endpoint or its model won't answer this.
     *
     * @param reason begins {@code refused}
     * @param text the words of the refusal
     * @param byStatus whether the HTTP status alone says so, which a wrong setting may cause too
     */
    record Refused(String reason, String text, long totalTokens, boolean byStatus) implements Final {}

    /**
     * Something that may pass: try again.
     *
     * @param waitMillis the least time to wait that the endpoint asks for; 0 where it asks for none
     */
    record Failed(String reason, long waitMillis) implements Reply {}

    /** No request will be answered: key, quota, model or address are wrong. */
    record Ended(String what, String remedy) implements Reply {}

    /** The same request has to be sent with {@code max_completion_tokens}. */
    record OtherLimit() implements Reply {}
}
