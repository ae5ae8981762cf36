package dev.errata.model.generate;

/** Decides from the new tokens of one sequence whether its text is done. Each sequence has a rule of its own. */
@FunctionalInterface
public interface StopRule {
    /** Ends nothing. */
    StopRule NEVER = id -> false;

    /** Takes the next new token; true if the text ends with it. */
    boolean endsWith(int id);
}
