package dev.errata.pipeline.filter;

/** The reasons with which a correction is not kept, as records and summaries name them. */
public final class Rejection {
    /** The path was cut off by its length limit and {@code unfinished: skip} leaves it out. */
    public static final String UNFINISHED = "unfinished";

    public static final String NO_STEPS = "no steps";
    public static final String NO_NUMBERS = "no numbers";
    public static final String NO_RATIONALE = "no annotated solution";

    /** The path shares no number with the annotated solution, or that one doesn't compute its answer. */
    public static final String NOTHING_IN_COMMON = "cannot be aligned";

    /** A step is not borne out, but may belong to another way that is right; or what is wrong with it can't be told for sure. */
    public static final String UNSURE = "first wrong step not sure";

    /** A step has the annotation's numbers and speaks of somebody or something else. */
    public static final String OTHER_WORDS = "speaks of something else";

    /** All steps are right; only the answer after them is another. */
    public static final String ANSWER_LINE = "only the answer is wrong";

    /** The annotation's remaining steps use a value that nothing before them computes. */
    public static final String DOES_NOT_FOLLOW = "does not follow";

    /** What reasons begin with where the corrector's answer ends at its length limit, be it in the middle of its reasoning. */
    public static final String CUT_OFF = "cut off";

    public static final String CUT_OFF_BY_ENDPOINT = CUT_OFF + " by max_tokens";
    public static final String CUT_OFF_BY_ENGINE = CUT_OFF + " by max_new_tokens";

    /** What reasons begin with where the corrector won't answer. */
    public static final String REFUSED = "refused";

    public static final String WRONG_ANSWER = "wrong answer";

    /** Another solution of the problem computes the same. */
    public static final String DUPLICATE = "duplicate";

    /** What was written holds no question. */
    public static final String NO_QUESTION = "no question";

    private Rejection() {}
}
