package dev.errata.pipeline.review;

import dev.errata.pipeline.run.RunFolder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A run's folder with a handful of kept corrections, and one that was rejected. */
final class ReviewedRun {
    private ReviewedRun() {}

    static RunFolder in(Path folder, int kept) throws IOException {
        StringBuilder problems = new StringBuilder();
        StringBuilder paths = new StringBuilder();
        StringBuilder corrections = new StringBuilder();
        for (int i = 0; i <= kept; i++) {
            problems.append("""
                    {"id":"p%d","question":"What is <b>%d</b> + 1, doubled?","answer":"%d","rationale":null}
                    """.formatted(i, i, 2 * i + 2));
            paths.append("""
                    {"problem_id":"p%d","sample":0,"text":"It is %d.\\nDoubled %d.\\nThe answer is %d.","finish":"stop",\
                    "final_answer":"%d","correct":false}
                    """.formatted(i, i + 1, i + 2, i + 2, i + 2));
            corrections.append(
                    """
                    {"problem_id":"p%d","sample":0,"corrector":"local","text":"x","incorrect_step":2,"explanation":"Twice.",\
                    "correct_solution":"Step 2: Doubled %d.","final_answer":"%d","kept":%s,"reason":%s}
                    """.formatted(i, 2 * i + 2, 2 * i + 2, i < kept, i < kept ? "null" : "\"wrong answer\""));
        }
        write(folder, "config.yaml", "task: gsm8k\n");
        write(folder, "manifest.json", "{}\n");
        write(folder, "problems.jsonl", problems.toString());
        write(folder, "sample/paths.jsonl", paths.toString());
        write(folder, "correct/corrections.jsonl", corrections.toString());
        return new RunFolder(folder);
    }

    private static void write(Path folder, String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }
}
