package dev.errata.pipeline.serve;

/** Tokens of a request: of its prompts, each once, and of all its answers. */
record Usage(int promptTokens, int completionTokens, int totalTokens) {
    static Usage of(int promptTokens, int completionTokens) {
        return new Usage(promptTokens, completionTokens, promptTokens + completionTokens);
    }
}
