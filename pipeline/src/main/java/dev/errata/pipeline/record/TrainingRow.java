package dev.errata.pipeline.record;

/**
 * One training example: a line of {@code filter/cot.jsonl} or {@code filter/lema.jsonl}.
 *
 * @param kind {@code cot} or {@code correction}
 */
public record TrainingRow(String prompt, String completion, String kind, String problemId) {}
