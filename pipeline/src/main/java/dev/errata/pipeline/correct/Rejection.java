package dev.errata.pipeline.correct;

/** The reasons with which a correction is not kept, as records and summaries name them. */
public final class Rejection {
    /** The path was cut off by its length limit and {@code unfinished: skip} leaves it out. */
    public static final String UNFINISHED = "unfinished";

    public static final String NO_STEPS = "no steps";
    public static final String NO_NUMBERS = "no numbers";
    public static final String NO_RATIONALE = "no annotated solution";

    /** No computed value and no pair of operands of the path occurs in the annotated solution. */
    public static final String NOTHING_IN_COMMON = "cannot be aligned";

    /** The annotation's remaining steps use a value that nothing before them computes. */
    public static final String DOES_NOT_FOLLOW = "does not follow";

    public static final String WRONG_ANSWER = "wrong answer";

    private Rejection() {}
}
