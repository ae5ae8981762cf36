package dev.errata.pipeline.format;

import java.util.ArrayList;
import java.util.List;

/**
 * LeMa's correction rows (arXiv 2310.20689, Figure 6): the wrong solution in numbered steps, then the number of the
 * wrong step, why it is wrong, and the solution from there on.
 */
public final class CorrectionFormat {
    private static final String TASK = "For the following math problem, the original solution is incorrect."
            + " Please identify the incorrect step, explain why it is incorrect,"
            + " and correct the original solution starting from the incorrect step.\n";

    private CorrectionFormat() {}

    /** The training prompt; it ends in {@code Incorrect Step:}. */
    public static String prompt(String question, List<String> wrongSteps) {
        return TASK + query(question, wrongSteps, "");
    }

    /** Question and numbered steps, up to {@code Incorrect Step:}; {@code end} follows the last step. */
    static String query(String question, List<String> wrongSteps, String end) {
        return "Question: " + question + "\nOriginal Solution:\n{\n" + String.join("\n", numbered(wrongSteps, 1)) + end
                + "\n}\nIncorrect Step:";
    }

    /**
     * The completion: {@code  Step k.}, the explanation on one line, and the solution from step k; the line {@code ...}
     * stands for the steps before it, and so only when k is above 1.
     *
     * @param solution the right steps from step k on, without their numbers
     */
    public static String completion(int incorrectStep, String explanation, List<String> solution, String answer) {
        return " Step " + incorrectStep + ".\nExplanation: " + CotFormat.oneLine(explanation)
                + "\nCorrect Solution:\n{\n" + (incorrectStep > 1 ? "...\n" : "")
                + String.join("\n", numbered(solution, incorrectStep)) + "\n" + CotFormat.answerLine(answer) + "\n}";
    }

    /** {@code Step k: …} lines, counted from {@code first}. */
    public static List<String> numbered(List<String> steps, int first) {
        List<String> lines = new ArrayList<>();
        for (int i = 0; i < steps.size(); i++) {
            lines.add("Step " + (first + i) + ": " + steps.get(i));
        }
        return lines;
    }
}
