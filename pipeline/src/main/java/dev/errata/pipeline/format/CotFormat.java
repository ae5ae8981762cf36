package dev.errata.pipeline.format;

import java.util.List;

/** LeMa's chain-of-thought form: an instruction and the question, and the solution on one line that ends in {@code The answer is X.} */
public final class CotFormat {
    public static final String KIND = "cot";

    private CotFormat() {}

    /**
     * The prompt, to the byte as in the LEMA release; also what problems are sampled and evaluated with.
     *
     * @param instruction the task's first line
     * @param question what is shown of the problem, candidates included
     */
    public static String prompt(String instruction, String question) {
        return instruction + "\nQuestion: " + question + "\nAnswer: Let's think step by step.\n";
    }

    /** The steps joined by a space, then the answer's sentence. */
    public static String completion(List<String> steps, String answer) {
        return steps.isEmpty() ? answerLine(answer) : String.join(" ", steps) + " " + answerLine(answer);
    }

    /** {@code The answer is X.} on one line. */
    static String answerLine(String answer) {
        return "The answer is " + oneLine(answer) + ".";
    }

    static String oneLine(String text) {
        return text.replaceAll("\\s*\\R\\s*", " ").strip();
    }
}
