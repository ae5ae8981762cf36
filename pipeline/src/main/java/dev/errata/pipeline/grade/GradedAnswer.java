package dev.errata.pipeline.grade;

/**
 * What a grader says about one pair: a line of {@code grade}'s output.
 *
 * @param pred the answer it read in the prediction, or null where it found none
 * @param ref the answer it read in the reference, or null
 */
public record GradedAnswer(String pred, String ref, boolean equal) {}
