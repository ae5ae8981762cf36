package dev.errata.pipeline.run;

import java.nio.file.Path;

/** The places of new problems in a run's folder. */
public record EvolvedFiles(Path folder) {
    /** Questions that were drawn up, usable or not. */
    public Path questions() {
        return folder.resolve("questions.jsonl");
    }

    /** What was answered to them. */
    public Path answers() {
        return folder.resolve("answers.jsonl");
    }

    /** Those with an answer that a majority gives: a file of problems like any other. */
    public Path problems() {
        return folder.resolve("problems.jsonl");
    }

    public Path paths() {
        return folder.resolve("paths.jsonl");
    }

    /** Written last. */
    public Path corrections() {
        return folder.resolve("corrections.jsonl");
    }
}
