package dev.errata.pipeline.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class JsonRowsTest {
    @TempDir
    private Path folder;

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private static List<String> texts(Path file) {
        return JsonRows.readAll(file, row -> row.allow("text").text("text"));
    }

    @Test
    void readsPlainAndZippedRowsAndPassesOverEmptyLines() throws IOException {
        String rows = "\uFEFF{\"text\":\"a\"}\n\n{\"text\":\"b\"}";
        assertThat(texts(file("rows.jsonl", rows))).containsExactly("a", "b");
        Path zipped = folder.resolve("rows.jsonl.gz");
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(zipped))) {
            out.write(rows.getBytes(StandardCharsets.UTF_8));
        }
        assertThat(texts(zipped)).containsExactly("a", "b");
        assertThat(texts(file("empty.jsonl", ""))).isEmpty();
    }

    @Test
    void namesFileAndLineOfWhateverIsWrong() throws IOException {
        String good = "{\"text\":\"a\"}\n";
        for (String bad : List.of(
                "{\"text\":",
                "[1]",
                "{\"text\":1}",
                "{}",
                "{\"text\":null}",
                "{\"text\":\"a\",\"tekst\":1}",
                "{\"text\":\"a\",\"text\":\"b\"}",
                "{\"text\":\"a\"} x",
                "NaN")) {
            Path file = file("bad.jsonl", good + bad + "\n" + good);
            assertThatThrownBy(() -> texts(file))
                    .as(bad)
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("bad.jsonl:2");
        }
    }

    @Test
    void namesTheLineThatIsNoText() throws IOException {
        Path file = folder.resolve("bytes.jsonl");
        Files.write(file, new byte[] {'{', '}', '\n', '"', (byte) 0xff, '"', '\n'});
        assertThatThrownBy(() -> JsonRows.readAll(file, JsonRow::line)).hasMessageContaining("bytes.jsonl:2");
    }

    @Test
    void namesFilesThatAreMissingOrNotWhatTheyAreCalled() throws IOException {
        Path notZipped = file("plain.jsonl.gz", "{\"text\":\"a\"}\n");
        assertThatThrownBy(() -> texts(notZipped)).hasMessageContaining("plain.jsonl.gz");
        assertThatThrownBy(() -> texts(file("none.jsonl.gz", ""))).hasMessageContaining("none.jsonl.gz");
        assertThatThrownBy(() -> texts(folder.resolve("nowhere.jsonl"))).hasMessageContaining("nowhere.jsonl");
        assertThatThrownBy(() -> texts(folder)).isInstanceOf(BadInputException.class);
    }

    @Test
    void refusesNumbersThatAreNone() throws IOException {
        Path file = file("ids.jsonl", "{\"ids\":[1,2.5]}\n");
        assertThatThrownBy(() -> JsonRows.readAll(file, row -> row.wholes("ids")))
                .hasMessageContaining("ids.jsonl:1");
        Path big = file("big.jsonl", "{\"ids\":[3000000000]}\n");
        assertThatThrownBy(() -> JsonRows.readAll(big, row -> row.wholes("ids")))
                .hasMessageContaining("big.jsonl:1");
        Path fine = file("fine.jsonl", "{\"ids\":[1,-2]}\n");
        assertThat(JsonRows.readAll(fine, row -> row.wholes("ids")).getFirst()).containsExactly(1, -2);
    }

    @Test
    void refusesAZipThatUnpacksToFarMoreThanRowsDo() throws IOException {
        Path file = folder.resolve("bomb.jsonl.gz");
        byte[] rows = ("{\"text\":\"" + "a".repeat(1 << 20) + "\"}\n").getBytes(StandardCharsets.UTF_8);
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            for (long bytes = 0; bytes < 60L << 20; bytes += rows.length) {
                out.write(rows);
            }
        }
        assertThatThrownBy(() -> JsonRows.forEach(file, JsonRow::fields))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("bomb.jsonl.gz");
    }

    @Test
    void refusesALineThatIsLongerThanAnyRow() throws IOException {
        Path file = folder.resolve("line.jsonl.gz");
        byte[] spaces = " ".repeat(1 << 20).getBytes(StandardCharsets.UTF_8);
        try (OutputStream out = new GZIPOutputStream(Files.newOutputStream(file))) {
            for (int i = 0; i < 17; i++) {
                out.write(spaces);
            }
        }
        assertThatThrownBy(() -> JsonRows.forEach(file, JsonRow::fields))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("line.jsonl.gz:1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"[{\"a\": 1}, {\"a\": 2}]\n", "[\n  {\"a\": 1}\n]\n"})
    void aFileThatIsOneArrayIsNamedSo(String text) throws IOException {
        Path file = Files.writeString(folder.resolve("rows.json"), text);
        assertThatThrownBy(() -> JsonRows.readAll(file, row -> row))
                .isInstanceOf(BadInputException.class)
                .hasMessageContainingAll("one JSON array", "jq -c");
    }
}
