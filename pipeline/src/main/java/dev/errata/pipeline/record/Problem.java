package dev.errata.pipeline.record;

/**
 * One problem as the loop knows it, whatever data set it came from.
 *
 * @param id its name in all records, as {@code train-17}
 * @param question the question, unchanged
 * @param answer the final answer alone, as {@code 18}
 * @param rationale the annotated solution, with its line breaks and calculator notes; null where the data set has none
 */
public record Problem(String id, String question, String answer, String rationale) {}
