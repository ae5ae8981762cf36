package dev.errata.pipeline.record;

/**
 * One training example: a line of {@code filter/ARM.jsonl}.
 *
 * @param prompt what the model reads
 * @param completion what it learns to write
 * @param kind {@code cot}, {@code corrected} or {@code correction}
 * @param problemId the problem it is made of
 */
public record TrainingRow(String prompt, String completion, String kind, String problemId) {}
