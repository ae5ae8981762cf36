package dev.errata.pipeline.fuzz;

import dev.errata.pipeline.grade.Grader;
import dev.errata.pipeline.task.Task;
import dev.errata.pipeline.task.Tasks;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** Answers in any notation before every grader; the line break {@code \n---\n} parts prediction and reference. */
public final class GraderFuzz {
    private static final List<String> GRADERS = List.of("lema-compat", "hendrycks", "sound");
    private static final List<String> CANDIDATES = List.of("A", "B", "a cat");
    /** Exact arithmetic computes beyond its input, within a bound. In bytes, garbage included. */
    private static final long BOUND = 512L << 20;

    private GraderFuzz() {}

    /** Grades one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        String[] texts = new String(input, StandardCharsets.UTF_8).split("\n---\n", 2);
        String reference = texts.length > 1 ? texts[1] : "\\frac{1}{2}";
        for (String name : GRADERS) {
            for (Task task : Tasks.ALL) {
                if (name.equals("lema-compat") && task.releaseRule().isEmpty()) {
                    continue;
                }
                Grader grader = task.grader(name, "--grader");
                Trial.run(BOUND, input.length, () -> grader.grade(texts[0], reference, CANDIDATES));
                Trial.run(
                        BOUND,
                        input.length,
                        () -> grader.grade("The answer is " + texts[0], "The answer is " + reference, CANDIDATES));
            }
        }
    }
}
