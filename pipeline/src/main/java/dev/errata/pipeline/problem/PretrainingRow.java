package dev.errata.pipeline.problem;

import dev.errata.pipeline.record.Problem;

/**
 * A problem as a training example in LeMa's chain-of-thought format.
 *
 * @param prompt the instruction and the question
 * @param completion the steps joined by a space, closed by {@code The answer is X.}
 */
public record PretrainingRow(String prompt, String completion) {
    /** The row of a problem whose rationale has a step a line. */
    public static PretrainingRow of(Problem problem) {
        return new PretrainingRow(
                "Please solve the following math problem.\nQuestion: " + problem.question()
                        + "\nAnswer: Let's think step by step.\n",
                problem.rationale().replace('\n', ' ') + " The answer is " + problem.answer() + ".");
    }
}
