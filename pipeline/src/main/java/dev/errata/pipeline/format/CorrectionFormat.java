package dev.errata.pipeline.format;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * LeMa's correction rows (arXiv 2310.20689, Figure 6): the wrong solution in numbered steps, then the number of the
 * wrong step, why it is wrong, and the solution from there on.
 */
public final class CorrectionFormat {
    private static final String WRONG = "For the following math problem, the original solution is incorrect.";

    private CorrectionFormat() {}

    /** The training prompt of a whole correction; it ends in {@code Incorrect Step:}. */
    public static String prompt(String question, List<String> wrongSteps) {
        return prompt(question, wrongSteps, CorrectionPart.ALL);
    }

    /** The training prompt for these parts, in the order in which a correction has them; it ends in the first one's label. */
    public static String prompt(String question, List<String> wrongSteps, Set<CorrectionPart> parts) {
        return WRONG + " Please "
                + enumerated(parts.stream().map(part -> request(part, parts)).toList()) + ".\n"
                + query(question, wrongSteps, "", label(parts.iterator().next()));
    }

    private static String request(CorrectionPart part, Set<CorrectionPart> parts) {
        boolean named = parts.contains(CorrectionPart.STEP);
        return switch (part) {
            case STEP -> "identify the incorrect step";
            case EXPLANATION -> "explain why it is incorrect";
            case SOLUTION -> "correct the original solution" + (named ? " starting from the incorrect step" : "");
        };
    }

    /** One, or two with "and", or more with commas too: as the paper's instruction has all three. */
    private static String enumerated(List<String> requests) {
        int last = requests.size() - 1;
        return last == 0
                ? requests.getFirst()
                : String.join(", ", requests.subList(0, last)) + (last > 1 ? ", and " : " and ") + requests.get(last);
    }

    private static String label(CorrectionPart part) {
        return switch (part) {
            case STEP -> "Incorrect Step:";
            case EXPLANATION -> "Explanation:";
            case SOLUTION -> "Correct Solution:";
        };
    }

    /** Question and numbered steps, up to {@code Incorrect Step:}; {@code end} follows the last step. */
    static String query(String question, List<String> wrongSteps, String end) {
        return query(question, wrongSteps, end, label(CorrectionPart.STEP));
    }

    private static String query(String question, List<String> wrongSteps, String end, String label) {
        return "Question: " + question + "\nOriginal Solution:\n{\n" + String.join("\n", numbered(wrongSteps, 1)) + end
                + "\n}\n" + label;
    }

    /** The completion of a whole correction. */
    public static String completion(int incorrectStep, String explanation, List<String> solution, String answer) {
        return completion(incorrectStep, explanation, solution, answer, CorrectionPart.ALL);
    }

    /**
     * The completion: {@code  Step k.}, the explanation on one line, and the solution from step k, each after its label but
     * for the first; the line {@code ...} stands for the steps before k, and so only when k is above 1.
     *
     * @param solution the right steps from step k on, without their numbers
     */
    public static String completion(
            int incorrectStep, String explanation, List<String> solution, String answer, Set<CorrectionPart> parts) {
        StringBuilder text = new StringBuilder();
        for (CorrectionPart part : parts) {
            text.append(text.isEmpty() ? "" : "\n" + label(part));
            text.append(
                    switch (part) {
                        case STEP -> " Step " + incorrectStep + ".";
                        case EXPLANATION -> " " + CotFormat.oneLine(explanation);
                        case SOLUTION ->
                            "\n{\n" + (incorrectStep > 1 ? "...\n" : "")
                                    + String.join("\n", numbered(solution, incorrectStep)) + "\n"
                                    + CotFormat.answerLine(answer) + "\n}";
                    });
        }
        return text.toString();
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
