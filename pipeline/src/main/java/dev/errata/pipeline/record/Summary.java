package dev.errata.pipeline.record;

import java.util.SortedMap;

/**
 * What a run found: {@code summary.json}.
 *
 * @param run the run's folder
 * @param arms by name: {@code base}, {@code cot}, {@code lema}
 * @param paired null when not both arms were trained
 * @param report the report's file, relative to the run
 */
public record Summary(
        String run,
        Paths paths,
        Corrections corrections,
        SortedMap<String, Arm> arms,
        Paired paired,
        SortedMap<String, Adapter> adapters,
        String report) {
    public record Paths(int total, int wrong) {}

    /** Corrections made, kept, and rejected by reason. */
    public record Corrections(int total, int kept, SortedMap<String, Integer> rejected) {}

    /** Accuracy of one arm with its 95 % Wilson interval. */
    public record Arm(int correct, int total, int noAnswer, double accuracy, double low, double high) {}

    /** Exact two-sided McNemar test of lema against cot: problems that only one of them solves. */
    public record Paired(int onlyCot, int onlyLema, double p) {}

    /** Where an arm's adapter lies, relative to the run, and the SHA-256 of its weights file. */
    public record Adapter(String path, String sha256) {}
}
