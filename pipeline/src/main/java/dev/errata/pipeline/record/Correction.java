package dev.errata.pipeline.record;

/**
 * What a corrector said about one wrong path, with the filter's verdict: a line of {@code correct/corrections.jsonl}.
 *
 * @param problemId the problem
 * @param sample the path's number among that problem's samples
 * @param corrector {@code answer-key}, {@code openai}, {@code local} or {@code replay}
 * @param text the corrector's whole answer, or null where it gave none
 * @param incorrectStep the number of the first wrong step, from 1, or null
 * @param explanation why that step is wrong, or null
 * @param correctSolution the steps from the wrong one on, one {@code Step k: …} a line, or null
 * @param finalAnswer the normalized answer of the correct solution, or null
 * @param kept whether the filter keeps it
 * @param reason why it was not kept; null when it was
 */
public record Correction(
        String problemId,
        int sample,
        String corrector,
        String text,
        Integer incorrectStep,
        String explanation,
        String correctSolution,
        String finalAnswer,
        boolean kept,
        String reason) {}
