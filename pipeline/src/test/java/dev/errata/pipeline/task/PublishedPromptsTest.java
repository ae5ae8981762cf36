package dev.errata.pipeline.task;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.record.Problem;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Our prompts beside those that LEMA published for whole test sets; skipped where the folder with the public data is absent. */
class PublishedPromptsTest {
    private static final Path DATA = Path.of(System.getProperty(
                    "errata.shared", Path.of("..", "..", "shared").toString()))
            .resolve("data");

    @Test
    void commonsenseQaAsksWhatLemaAsked() {
        asksWhatWasAsked(new CommonsenseQa(), "csqa/dev.jsonl.gz", "csqa/dev.jsonl.gz", 1221, UnaryOperator.identity());
    }

    /** LEMA's file has one space where 336 of GSM8K's questions have two, or a line's end. */
    @Test
    void gsm8kAsksWhatLemaAskedButForItsSpaces() {
        asksWhatWasAsked(
                new Gsm8k(),
                "gsm8k/test.jsonl.gz",
                "gsm8k/test_lema_prompt.jsonl.gz",
                1319,
                PublishedPromptsTest::withSingleSpaces);
    }

    private static void asksWhatWasAsked(
            Task task, String problems, String prompts, int count, UnaryOperator<String> form) {
        assumeThat(Files.exists(DATA.resolve(prompts)))
                .as("the public data lie beside this clone")
                .isTrue();
        List<String> published = new ArrayList<>();
        JsonRows.forEach(DATA.resolve(prompts), row -> published.add(form.apply(row.text("prompt"))));
        List<Problem> read = ProblemFile.read(DATA.resolve(problems), task, note -> {});
        assertThat(read).hasSize(count);
        assertThat(read.stream().map(task::prompt).map(form).toList()).isEqualTo(published);
    }

    private static String withSingleSpaces(String prompt) {
        String question = prompt.substring(prompt.indexOf("Question: "), prompt.lastIndexOf("\nAnswer:"));
        return prompt.replace(question, question.replaceAll("\\s+", " "));
    }
}
