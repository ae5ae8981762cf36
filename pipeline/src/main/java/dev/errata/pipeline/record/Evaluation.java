package dev.errata.pipeline.record;

/** One greedy answer to a held-out problem: a line of {@code eval/base.jsonl} or {@code eval/<arm>.jsonl}. */
public record Evaluation(String problemId, String text, String finish, String finalAnswer, boolean correct) {}
