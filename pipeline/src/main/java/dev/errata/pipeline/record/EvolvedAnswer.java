package dev.errata.pipeline.record;

/**
 * One of the answers to a new question, of which the most frequent counts: a line of {@code evolve/answers.jsonl}.
 *
 * @param problemId the question, as {@code evolved-3}
 * @param sample its number among the answers to that question, from 0
 * @param text what was written
 * @param finish {@code stop}, {@code length}, or why an endpoint refuses
 * @param finalAnswer the normalized answer found in the text, or null
 */
public record EvolvedAnswer(String problemId, int sample, String text, String finish, String finalAnswer) {}
