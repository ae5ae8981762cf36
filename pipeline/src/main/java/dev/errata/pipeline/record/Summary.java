package dev.errata.pipeline.record;

import com.fasterxml.jackson.annotation.JsonInclude;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * What a run found: {@code summary.json}.
 *
 * @param run the run's folder
 * @param paths those sampled, and how many of them are wrong
 * @param corrections made, kept, rejected by reason
 * @param arms by name: {@code base} and the arms
 * @param paired lema against cot; null when not both were trained
 * @param pairs every two of {@code arms}, in the order of the config, the base first
 * @param adapters of each arm: its folder, relative to the run, and the SHA-256 of its weights' file
 * @param report the report's file, relative to the run
 * @param byLevel accuracies by the difficulty of the problems, then by arm; null where no problem says how hard it is
 * @param bySteps the same by the number of steps that a solution takes
 * @param pathPerplexity of wrong and right paths, by arm; null where it was not measured
 * @param augment further solutions written; null where none were
 * @param evolve new problems made; null where none were
 * @param choices among the arms' checkpoints, by arm; null where the last ones are evaluated
 */
public record Summary(
        String run,
        Paths paths,
        Corrections corrections,
        SortedMap<String, Arm> arms,
        Paired paired,
        List<Pair> pairs,
        SortedMap<String, Adapter> adapters,
        String report,
        @JsonInclude(JsonInclude.Include.NON_NULL) Map<String, Map<String, Share>> byLevel,
        @JsonInclude(JsonInclude.Include.NON_NULL) Map<String, Map<String, Share>> bySteps,
        @JsonInclude(JsonInclude.Include.NON_NULL) PathPerplexity pathPerplexity,
        @JsonInclude(JsonInclude.Include.NON_NULL) Corrections augment,
        @JsonInclude(JsonInclude.Include.NON_NULL) Evolved evolve,
        @JsonInclude(JsonInclude.Include.NON_NULL) SortedMap<String, CheckpointChoice> choices) {
    /** Without what the arms' accuracies are made of. */
    public Summary(
            String run,
            Paths paths,
            Corrections corrections,
            SortedMap<String, Arm> arms,
            Paired paired,
            List<Pair> pairs,
            SortedMap<String, Adapter> adapters,
            String report) {
        this(run, paths, corrections, arms, paired, pairs, adapters, report, null, null, null, null, null, null);
    }

    public record Paths(int total, int wrong) {}

    /** Corrections or solutions made, kept, and rejected by reason. */
    public record Corrections(int total, int kept, SortedMap<String, Integer> rejected) {}

    /**
     * New problems in the manner of corrected ones.
     *
     * @param questions that were drawn up
     * @param problems those of them that are usable and new, and whose answers a majority agrees on
     * @param corrections of wrong paths to them
     */
    public record Evolved(int questions, int problems, Corrections corrections) {}

    /**
     * Accuracy of one arm with its 95 % Wilson interval.
     *
     * @param rows that it was trained on; none for the base
     * @param tokens of them that are trained
     * @param promptTokens of them that are only read
     */
    public record Arm(
            int correct,
            int total,
            int noAnswer,
            double accuracy,
            double low,
            double high,
            @JsonInclude(JsonInclude.Include.NON_NULL) Integer rows,
            @JsonInclude(JsonInclude.Include.NON_NULL) Long tokens,
            @JsonInclude(JsonInclude.Include.NON_NULL) Long promptTokens) {
        /** One that nothing is known of but its answers. */
        public Arm(int correct, int total, int noAnswer, double accuracy, double low, double high) {
            this(correct, total, noAnswer, accuracy, low, high, null, null, null);
        }
    }

    /** Accuracy on some of the problems with its 95 % Wilson interval. */
    public record Share(int correct, int total, double accuracy, double low, double high) {}

    /** Exact two-sided McNemar test of lema against cot: problems that only one of them solves. */
    public record Paired(int onlyCot, int onlyLema, double p) {}

    /** The same of any two: problems that only {@code a} or only {@code b} solves. */
    public record Pair(String a, String b, int onlyA, int onlyB, double p) {}

    /** Where an arm's adapter lies, relative to the run, and the SHA-256 of its weights file. */
    public record Adapter(String path, String sha256) {}
}
