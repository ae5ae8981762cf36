package dev.errata.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.errata.model.file.SafetensorsFile;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.file.TensorEntry;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code tokenize}, {@code render} and {@code sampler} as a user starts them. */
class TextCommandsTest {
    private static final Path MODEL = Path.of("../configs/demo/errata-2m");

    @TempDir
    private Path folder;

    @Test
    void decodingGivesTheEncodedTextBack() {
        Path texts = Program.rows(folder, "texts.jsonl", "{\"text\": \"Tom has 12 apples.\"}", "", "{\"text\": \"\"}");
        var encoded =
                Program.run("tokenize", "--model", MODEL, "--input", texts).rows();
        assertThat(encoded).hasSize(2);
        assertThat(encoded.getFirst().get("ids")).isNotEmpty();
        assertThat(encoded.get(1).get("ids")).isEmpty();

        Path ids = Program.rows(folder, "ids.jsonl", encoded.getFirst().toString());
        var decoded = Program.run("tokenize", "--model", MODEL, "--decode", "--input", ids, "--json")
                .rows();
        assertThat(decoded.getFirst().get("text").textValue()).isEqualTo("Tom has 12 apples.");
    }

    @Test
    void anIdThatIsNoTokenIsRefusedWithItsLine() {
        Path ids = Program.rows(folder, "ids.jsonl", "{\"ids\": [1]}", "{\"ids\": [1, 99999]}");
        Program run = Program.run("tokenize", "--model", MODEL, "--decode", "--input", ids);
        assertThat(run.code()).isEqualTo(2);
        assertThat(run.err()).contains("id 99999 is no token", "ids.jsonl:2");
    }

    @Test
    void aFolderWithoutTokenizerIsNamed() {
        Path texts = Program.rows(folder, "texts.jsonl", "{\"text\": \"a\"}");
        Program.run("tokenize", "--model", folder, "--input", texts).refused("no tokenizer", folder.toString());
        Program.run("tokenize", "--model", folder.resolve("none"), "--input", texts)
                .refused("none");
        Program.run("tokenize", "--model", MODEL, "--input", texts, "--skip-special-tokens")
                .refused("--skip-special-tokens");
    }

    @Test
    void aTemplateIsRenderedOrSaysWhyNot() throws IOException {
        Path template = Files.writeString(
                folder.resolve("t.jinja"),
                "{% for m in messages %}{% if m.role == 'system' %}{{ raise_exception('no system') }}{% endif %}"
                        + "{{ m.role }}={{ m.content }};{% endfor %}{% if add_generation_prompt %}{{ mark }}{% endif %}");
        Path chats = Program.rows(
                folder,
                "chats.jsonl",
                "{\"messages\": [{\"role\": \"user\", \"content\": \"hi\"}], \"add_generation_prompt\": true,"
                        + " \"kwargs\": {\"mark\": \">\"}}",
                "{\"messages\": [{\"role\": \"system\", \"content\": \"x\"}]}");
        var rows = Program.run("render", "--model", MODEL, "--template", template, "--input", chats)
                .rows();
        assertThat(rows.getFirst().get("rendered").textValue()).isEqualTo("user=hi;>");
        assertThat(rows.getFirst().get("ids")).isNotEmpty();
        assertThat(rows.get(1).get("error").textValue()).isEqualTo("no system");
        assertThat(rows.get(1).has("rendered")).isFalse();
    }

    @Test
    void aModelWithoutTemplateAndMessagesOfAnotherFormAreRefused() throws IOException {
        Path chats = Program.rows(folder, "chats.jsonl", "{\"messages\": [\"hi\"]}");
        Program.run("render", "--model", MODEL, "--input", chats).refused("no chat template", MODEL.toString());
        Path template = Files.writeString(folder.resolve("t.jinja"), "{{ messages }}");
        Program.run("render", "--model", MODEL, "--template", template, "--input", chats)
                .refused("messages", "chats.jsonl:1");
    }

    @Test
    void theSamplerKeepsWhatItsSettingsSay() {
        Path logits = logits("a.logits", 0, 1, 2, 3);
        Path rows = Program.rows(folder, "rows.jsonl", "{\"case\": \"a\", \"settings\": {\"top_k\": 2}}");
        Path output = folder.resolve("probs.safetensors");
        var kept = Program.run("sampler", "--logits", logits, "--input", rows, "--output", output)
                .rows();
        assertThat(kept.getFirst().get("kept").intValue()).isEqualTo(2);
        try (Arena arena = Arena.ofConfined()) {
            float[] probs =
                    SafetensorsFile.open(output, arena).entries().get("a.probs").toFloats();
            double most = 1 / (1 + Math.exp(-1));
            assertThat(probs).containsExactly(new float[] {0, 0, (float) (1 - most), (float) most}, within(1e-6f));
        }
    }

    @Test
    void unknownSettingsAndTensorsAreRefusedAndNothingIsWritten() throws IOException {
        Path logits = logits("a.logits", 0, 1);
        Path output = folder.resolve("out/probs.safetensors");
        Files.createDirectory(output.getParent());
        List<String> bad = List.of(
                "{\"case\": \"a\", \"settings\": {\"top_q\": 1}}",
                "{\"case\": \"b\"}",
                "{\"case\": \"a\", \"settings\": {\"temperature\": 0}}",
                "{\"case\": \"a\", \"ids\": [2]}",
                "{\"case\": \"a\"}\n{\"case\": \"a\"}");
        for (String row : bad) {
            Path rows = Program.rows(folder, "rows.jsonl", row);
            Program.run("sampler", "--logits", logits, "--input", rows, "--output", output)
                    .refused("rows.jsonl:");
        }
        assertThat(output.getParent()).isEmptyDirectory();
    }

    private Path logits(String name, float... values) {
        Path file = folder.resolve("logits.safetensors");
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment data = arena.allocateFrom(ValueLayout.JAVA_FLOAT, values);
            SafetensorsWriter.write(
                    file, Map.of(), List.of(new TensorEntry(name, DType.F32, Shape.of(values.length), data)));
        }
        return file;
    }
}
