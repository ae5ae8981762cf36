package dev.errata.pipeline.record;

/**
 * One greedy answer to a held-out problem: a line of {@code eval/base.jsonl} or {@code eval/<arm>.jsonl}.
 *
 * @param problemId the problem
 * @param text what the model wrote
 * @param finish {@code stop} or {@code length}
 * @param finalAnswer the normalized answer found in the text, or null
 * @param correct whether it equals the problem's
 */
public record Evaluation(String problemId, String text, String finish, String finalAnswer, boolean correct) {}
