package dev.errata.pipeline.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.pipeline.task.Gsm8k;
import dev.errata.pipeline.task.ProblemFile;
import dev.errata.tensor.BadInputException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPOutputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveOutputStream;
import org.apache.commons.compress.archivers.tar.TarConstants;
import org.apache.commons.compress.archivers.zip.ZipArchiveEntry;
import org.apache.commons.compress.archivers.zip.ZipArchiveOutputStream;
import org.apache.commons.compress.compressors.zstandard.ZstdCompressorOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class PackedRowsTest {
    private static final String ROWS = "{\"a\": 1}\n{\"a\": 2}\n";

    @TempDir
    private Path folder;

    private interface Packer {
        OutputStream on(OutputStream out) throws IOException;
    }

    private static byte[] packed(byte[] bytes, Packer packer) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (OutputStream out = packer.on(packed)) {
            out.write(bytes);
        }
        return packed.toByteArray();
    }

    private static byte[] gzip(byte[] bytes) throws IOException {
        return packed(bytes, GZIPOutputStream::new);
    }

    private static byte[] zstd(byte[] bytes) throws IOException {
        return packed(
                bytes,
                out -> ZstdCompressorOutputStream.builder().setOutputStream(out).get());
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] zip(Map<String, byte[]> entries) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (ZipArchiveOutputStream zip = new ZipArchiveOutputStream(packed)) {
            for (Map.Entry<String, byte[]> entry : entries.entrySet()) {
                zip.putArchiveEntry(new ZipArchiveEntry(entry.getKey()));
                zip.write(entry.getValue());
                zip.closeArchiveEntry();
            }
        }
        return packed.toByteArray();
    }

    private static byte[] tar(Map<String, byte[]> entries) throws IOException {
        ByteArrayOutputStream packed = new ByteArrayOutputStream();
        try (TarArchiveOutputStream tar = new TarArchiveOutputStream(packed)) {
            for (Map.Entry<String, byte[]> each : entries.entrySet()) {
                TarArchiveEntry entry = new TarArchiveEntry(each.getKey(), true);
                entry.setSize(each.getValue().length);
                tar.putArchiveEntry(entry);
                tar.write(each.getValue());
                tar.closeArchiveEntry();
            }
            TarArchiveEntry link = new TarArchiveEntry("link.jsonl", TarConstants.LF_SYMLINK);
            link.setLinkName("/etc/passwd");
            tar.putArchiveEntry(link);
            tar.closeArchiveEntry();
        }
        return packed.toByteArray();
    }

    private Path write(String name, byte[] bytes) throws IOException {
        return Files.write(folder.resolve(name), bytes);
    }

    private static List<Integer> read(Path file) {
        return JsonRows.readAll(file, row -> row.whole("a"));
    }

    @Test
    void readsRowsHoweverTheyArePacked() throws IOException {
        byte[] rows = utf8(ROWS);
        Map<String, byte[]> one = new LinkedHashMap<>();
        one.put("README.md", utf8("no rows"));
        one.put("__MACOSX/._rows.jsonl", utf8("nor here"));
        one.put("data/rows.jsonl", rows);
        for (Path file : List.of(
                write("plain.jsonl", rows),
                write("z.jsonl.gz", gzip(rows)),
                write("z.jsonl.zst", zstd(rows)),
                write("z.zip", zip(one)),
                write("z.tar", tar(one)),
                write("z.tar.gz", gzip(tar(one))),
                write("z.tgz", gzip(tar(one))),
                write("z.tar.zst", zstd(tar(one))),
                write("inner.zip", zip(Map.of("rows.jsonl.gz", gzip(rows)))),
                write("inner.tar", tar(Map.of("rows.jsonl.zst", zstd(rows)))))) {
            assertThat(read(file)).as(file.toString()).containsExactly(1, 2);
        }
    }

    @Test
    void asksWhichOfSeveralFilesIsMeantAndTakesItByName() throws IOException {
        Map<String, byte[]> two = new LinkedHashMap<>();
        two.put("d/train.jsonl", utf8("{\"question\": \"q\", \"answer\": \"1\"}"));
        two.put("d/test.jsonl", utf8("{\"question\": \"r\", \"answer\": \"2\"}"));
        for (String name : List.of("two.zip", "two.tar.gz")) {
            Path file = write(name, name.endsWith("zip") ? zip(two) : gzip(tar(two)));
            assertThatThrownBy(() -> read(file))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContainingAll("several files of rows", "!d/train.jsonl", "d/test.jsonl");
            Path test = folder.resolve(name + "!d/test.jsonl");
            assertThat(ProblemFile.read(test, new Gsm8k(), _ -> {}).getFirst().id())
                    .isEqualTo("test-1");
            assertThatThrownBy(() -> read(folder.resolve(name + "!d/dev.jsonl")))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("no file of rows d/dev.jsonl");
        }
        assertThatThrownBy(() -> read(folder.resolve("none.zip!d/dev.jsonl")))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no such file");
    }

    @Test
    void namesRowsWithoutAnIdAfterTheFile() {
        for (String name :
                List.of("train.jsonl", "train.jsonl.gz", "train.jsonl.zst", "train.zip", "train.tar.gz", "train.tgz")) {
            assertThat(RowFile.of(Path.of("d", name)).stem()).as(name).isEqualTo("train");
        }
        assertThat(RowFile.of(Path.of("x.tar.gz!a/train.jsonl.gz")).stem()).isEqualTo("train");
    }

    @Test
    void refusesWhatUnpacksToFarMoreThanRows() throws IOException {
        byte[] zeros = new byte[64 << 20];
        for (Path bomb : List.of(
                write("b.jsonl.gz", gzip(zeros)),
                write("b.jsonl.zst", zstd(zeros)),
                write("b.zip", zip(Map.of("b.jsonl", zeros))),
                write("b.tar.gz", gzip(tar(Map.of("b.jsonl", zeros)))),
                write("twice.zip", zip(Map.of("b.jsonl.gz", gzip(zeros)))))) {
            assertThatThrownBy(() -> read(bomb))
                    .as(bomb.toString())
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining(bomb.getFileName().toString())
                    .message()
                    .matches("(?s).*(far more than rows|longer than 16 MiB).*");
        }
    }

    @Test
    void readsNoLinksAndNoNamesThatLeadOut() throws IOException {
        for (String name : List.of("../rows.jsonl", "/rows.jsonl", "a/../../rows.jsonl", "..\\rows.jsonl")) {
            Path file = write("tricks.zip", zip(Map.of(name, utf8(ROWS))));
            assertThatThrownBy(() -> read(file)).as(name).hasMessageContaining("no .jsonl file in the archive");
        }
        Path links = write("links.tar", tar(Map.of()));
        assertThatThrownBy(() -> read(links)).hasMessageContaining("no .jsonl file in the archive");
    }

    @Test
    void namesAFileThatIsCutShortOrIsNotWhatItsNameSays() throws IOException {
        byte[] rows = utf8(ROWS.repeat(5000));
        Map<String, byte[]> good = Map.of(
                "c.jsonl.gz", gzip(rows),
                "c.jsonl.zst", zstd(rows),
                "c.zip", zip(Map.of("c.jsonl", rows)),
                "c.tar.gz", gzip(tar(Map.of("c.jsonl", rows))),
                "c.tar", tar(Map.of("c.jsonl", rows)));
        for (Map.Entry<String, byte[]> each : good.entrySet()) {
            byte[] bytes = each.getValue();
            Path cut = write(each.getKey(), java.util.Arrays.copyOf(bytes, bytes.length / 2));
            assertThatThrownBy(() -> read(cut))
                    .as(each.getKey())
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining(each.getKey());
            Path other = write(each.getKey(), rows);
            assertThatThrownBy(() -> read(other))
                    .as(each.getKey())
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining(each.getKey());
        }
    }
}
