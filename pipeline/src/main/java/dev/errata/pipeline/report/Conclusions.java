package dev.errata.pipeline.report;

import dev.errata.pipeline.filter.Rejection;
import dev.errata.pipeline.record.Correction;

/** The filter's verdict on a correction, in words. */
final class Conclusions {
    private Conclusions() {}

    static String reason(Correction correction) {
        return correction.reason() == null || correction.reason().isBlank() ? "no reason given" : correction.reason();
    }

    /** The reason with what it means, where its short name alone would be a riddle. */
    static String explained(String reason) {
        return switch (reason) {
            case Rejection.UNFINISHED -> "unfinished: the path was cut off";
            case Rejection.NO_STEPS -> "no steps: the path holds none";
            case Rejection.NO_NUMBERS -> "no numbers: the path computes nothing";
            case Rejection.UNSURE -> "first wrong step not sure: it may be another way";
            case Rejection.OTHER_WORDS -> "speaks of something else: right numbers, other words";
            case Rejection.ANSWER_LINE -> "only the answer is wrong: every step is right";
            case Rejection.NOTHING_IN_COMMON -> "cannot be aligned: no value shared with the solution";
            case Rejection.DOES_NOT_FOLLOW -> "does not follow: a value comes from nowhere";
            case Rejection.WRONG_ANSWER -> "wrong answer: the correction errs too";
            default -> reason;
        };
    }

    static String of(Correction correction) {
        return correction.kept() ? "Kept" : "Rejected: " + Texts.shortened(explained(reason(correction)), 300);
    }
}
