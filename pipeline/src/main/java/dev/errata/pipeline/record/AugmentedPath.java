package dev.errata.pipeline.record;

/**
 * A further solution of a training problem: a line of {@code augment/paths.jsonl}.
 *
 * @param problemId the problem it answers
 * @param sample its number among those of that problem, from 0
 * @param model who wrote it: the last part of the model's path, or the endpoint's name for it
 * @param temperature at which it was written
 * @param seed the run's
 * @param text what was written
 * @param finish {@code stop}, {@code length}, or why an endpoint refuses
 * @param finalAnswer the normalized answer found in the text, or null
 * @param kept whether it joins the training rows
 * @param reason why it doesn't; null when it does
 */
public record AugmentedPath(
        String problemId,
        int sample,
        String model,
        double temperature,
        long seed,
        String text,
        String finish,
        String finalAnswer,
        boolean kept,
        String reason) {}
