package dev.errata.pipeline.format;

import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.TrainingRow;
import java.util.List;

/** LeMa's chain-of-thought rows: the question, and the solution on one line that ends in {@code The answer is X.} */
public final class CotFormat {
    public static final String KIND = "cot";

    private CotFormat() {}

    /** The prompt, to the byte as in the LEMA release; also what problems are sampled and evaluated with. */
    public static String prompt(String question) {
        return "Please solve the following math problem.\nQuestion: " + question
                + "\nAnswer: Let's think step by step.\n";
    }

    /** The steps joined by a space, then the answer's sentence. */
    public static String completion(List<String> steps, String answer) {
        return steps.isEmpty() ? answerLine(answer) : String.join(" ", steps) + " " + answerLine(answer);
    }

    /** The row of a problem that has a rationale. */
    public static TrainingRow row(Problem problem) {
        return new TrainingRow(
                prompt(problem.question()),
                completion(Steps.of(problem.rationale()), problem.answer()),
                KIND,
                problem.id());
    }

    /** {@code The answer is X.} on one line. */
    static String answerLine(String answer) {
        return "The answer is " + oneLine(answer) + ".";
    }

    static String oneLine(String text) {
        return text.replaceAll("\\s*\\R\\s*", " ").strip();
    }
}
