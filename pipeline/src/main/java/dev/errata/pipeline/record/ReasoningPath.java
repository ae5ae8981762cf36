package dev.errata.pipeline.record;

/**
 * One sampled solution: a line of {@code sample/paths.jsonl}.
 *
 * @param problemId the problem it answers
 * @param sample its number among the samples of that problem, from 0
 * @param model the last part of the model's path
 * @param temperature the temperature it was sampled at
 * @param seed the run's seed
 * @param text what the model wrote
 * @param finish {@code stop} or {@code length}; null in a foreign file means finished
 * @param finalAnswer the normalized answer found in the text, or null
 * @param correct whether that answer equals the problem's
 */
public record ReasoningPath(
        String problemId,
        int sample,
        String model,
        double temperature,
        long seed,
        String text,
        String finish,
        String finalAnswer,
        boolean correct) {}
