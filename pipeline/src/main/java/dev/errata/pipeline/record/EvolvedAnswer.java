package dev.errata.pipeline.record;

/** One of the answers to a new question, of which the most frequent counts: a line of {@code evolve/answers.jsonl}. */
public record EvolvedAnswer(String problemId, int sample, String text, String finish, String finalAnswer) {}
