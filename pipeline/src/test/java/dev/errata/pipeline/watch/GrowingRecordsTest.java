package dev.errata.pipeline.watch;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GrowingRecordsTest {
    @TempDir
    private Path folder;

    private Path file;
    private Path partial;
    private GrowingRecords records;

    @BeforeEach
    void nothingYet() {
        file = folder.resolve("paths.jsonl");
        partial = folder.resolve("paths.jsonl.partial");
        records = new GrowingRecords(file, 2, "ei");
    }

    private void append(Path path, String text) throws IOException {
        Files.writeString(path, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private void holds(long count, String... last) {
        records.look();
        assertThat(records.count()).isEqualTo(count);
        assertThat(records.last()).containsExactly(last);
    }

    @Test
    void countsWholeLinesAsTheyComeAndKeepsTheLast() throws IOException {
        holds(0);
        append(partial, "eins\nzwei\ndr");
        holds(2, "eins", "zwei");
        append(partial, "ei\nvierß\n");
        holds(4, "drei", "vierß");
        assertThat(records.matching()).isEqualTo(3);
        Files.move(partial, file);
        holds(4, "drei", "vierß");
    }

    @Test
    void readsAFileAnewThatWasCutBack() throws IOException {
        append(partial, "one\ntwo\nthree\n");
        holds(3, "two", "three");
        Files.writeString(partial, "one\n");
        holds(1, "one");
        Files.writeString(partial, "one\nanother longer one\n");
        holds(2, "one", "another longer one");
    }

    @Test
    void noticesThatAFileWasCutBackAndHasGrownPastWhereItWas() throws IOException {
        append(partial, "one\ntwo\nthree\n");
        holds(3, "two", "three");
        Files.writeString(partial, "one\nfour and five and six\n");
        holds(2, "one", "four and five and six");
    }

    @Test
    void readsPiecesLargerThanItsBuffer() throws IOException {
        String line = "x".repeat(50_000);
        append(partial, (line + "\n").repeat(5) + "rest");
        holds(5, line, line);
    }

    @Test
    void paceIsThatOfTheLastMinute() {
        GrowthRate pace = new GrowthRate();
        assertThat(pace.perSecond()).isZero();
        assertThat(pace.secondsTo(10)).isNull();
        for (int second = 0; second <= 100; second++) {
            pace.look(second, second < 50 ? 0 : 4L * (second - 50));
        }
        assertThat(pace.perSecond()).isBetween(3.2, 3.5);
        assertThat(pace.secondsTo(400)).isBetween(55.0, 65.0);
        pace.look(101, 3);
        assertThat(pace.perSecond()).isZero();
    }
}
