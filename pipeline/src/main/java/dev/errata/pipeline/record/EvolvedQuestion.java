package dev.errata.pipeline.record;

/**
 * A question that was drawn up in the manner of another: a line of {@code evolve/questions.jsonl}.
 *
 * @param id what its problem is called
 * @param seedProblemId the problem that it is in the manner of
 * @param model who wrote it
 * @param text what was written
 * @param finish {@code stop}, {@code length}, or why an endpoint refuses
 * @param question the question in the text; null where none can be taken
 * @param reason why none can be; null where one is
 */
public record EvolvedQuestion(
        String id, String seedProblemId, String model, String text, String finish, String question, String reason) {}
