package dev.errata.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code generate} on the embedded model, which has a tokenizer, and on others that lack something. */
class GenerateCommandTest {
    private static final Path MODEL = Path.of("../configs/demo/errata-2m");
    private static final List<String> PROMPTS = List.of("Tom has 3 apples.", "Amy has 5 pens.");

    @TempDir
    private Path folder;

    private Program generate(Object... more) {
        Object[] all = new Object[more.length + 6];
        System.arraycopy(
                new Object[] {"generate", "--model", MODEL, "--greedy", "--max-new-tokens", "8"}, 0, all, 0, 6);
        System.arraycopy(more, 0, all, 6, more.length);
        return Program.run(all);
    }

    @Test
    void promptsOfTheCommandLineGetWhatRowsGet() {
        Path rows = Program.rows(
                folder, "rows.jsonl", "{\"prompt\": \"Tom has 3 apples.\"}", "{\"prompt\": \"Amy has 5 pens.\"}");
        List<JsonNode> expected = generate("--input", rows, "--json").rows();
        assertThat(generate("--prompt", PROMPTS.get(0), "--prompt", PROMPTS.get(1))
                        .rows())
                .isEqualTo(expected);
        Program one = generate("--prompt", PROMPTS.get(0));
        one.succeeded();
        assertThat(one.out()).isEqualTo(expected.getFirst().get("text").textValue() + System.lineSeparator());
        assertThat(one.err()).contains("tokens/s");
        assertThat(generate("--prompt", PROMPTS.get(0), "--json").rows()).isEqualTo(expected.subList(0, 1));
        assertThat(generate("--input", rows).err()).contains("tokens/s");
    }

    @Test
    void aStreamedTextEndsBeforeItsStopText() {
        String whole = generate("--prompt", PROMPTS.get(0)).out();
        String stop = whole.substring(3, 6);
        Program stopped = generate("--prompt", PROMPTS.get(0), "--stop", stop);
        assertThat(stopped.out().stripTrailing())
                .isEqualTo(whole.substring(0, whole.indexOf(stop)).stripTrailing());
    }

    @Test
    void aRowMayAskForSeveralAnswersAndForASeedOfItsOwn() {
        Path rows = Program.rows(
                folder,
                "rows.jsonl",
                "{\"prompt\": \"Tom has 3 apples.\", \"n\": 3, \"seed\": 5}",
                "{\"prompt\": \"Tom has 3 apples.\", \"seed\": 5}",
                "{\"prompt\": \"Tom has 3 apples.\", \"n\": 1}",
                "{\"prompt\": \"Tom has 3 apples.\"}");
        List<JsonNode> written = Program.run(
                        "generate", "--model", MODEL, "--max-new-tokens", "12", "--logprobs", "--input", rows)
                .rows();
        JsonNode three = written.get(0).get("samples");
        assertThat(three).hasSize(3);
        assertThat(three.get(0)).isEqualTo(written.get(1)).isNotEqualTo(three.get(1));
        assertThat(written.get(2).get("samples").get(0))
                .isEqualTo(written.get(3))
                .isNotEqualTo(written.get(1));
        JsonNode one = written.get(3);
        assertThat(one.get("logprobs")).hasSameSizeAs(one.get("ids")).allSatisfy(each -> assertThat(each.doubleValue())
                .isNegative());
        assertThat(generate("--input", rows).rows().get(1).has("logprobs")).isFalse();
        generate("--input", Program.rows(folder, "none.jsonl", "{\"prompt\": \"a\", \"n\": 0}"))
                .refused("n is 0", "none.jsonl");
    }

    @Test
    void promptsComeFromOnePlace() {
        generate().refused("no prompt", "--prompt");
        generate("--prompt", "a", "--input", folder.resolve("x.jsonl")).refused("two places");
        generate("--prompt", "a", "--date", "tomorrow").refused("tomorrow", "--date");
    }
}
