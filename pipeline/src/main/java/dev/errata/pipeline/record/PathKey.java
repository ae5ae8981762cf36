package dev.errata.pipeline.record;

/** What names a sampled path, and its correction, within a run: the problem and the number of the sample, from 0. */
public record PathKey(String problemId, int sample) {
    public static PathKey of(ReasoningPath path) {
        return new PathKey(path.problemId(), path.sample());
    }

    public static PathKey of(Correction correction) {
        return new PathKey(correction.problemId(), correction.sample());
    }
}
