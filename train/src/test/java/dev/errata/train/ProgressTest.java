package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class ProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private Progress progress(boolean terminal, boolean quiet) {
        return new Progress(new PrintStream(bytes, true, StandardCharsets.UTF_8), terminal, quiet);
    }

    private String said() {
        return bytes.toString(StandardCharsets.UTF_8);
    }

    private String said(boolean terminal, boolean quiet) {
        try (Progress.Bar bar = progress(terminal, quiet).begin("sample", "paths", 2, 8)) {
            for (int i = 0; i < 6; i++) {
                bar.advance(1);
            }
        }
        return said();
    }

    @Test
    void writesPlainLinesWithoutControlCharactersWhereThereIsNoTerminal() {
        assertThat(said(false, false))
                .startsWith("sample: 8 of 8 paths, ")
                .endsWith("\n")
                .doesNotContain("\r", "\u001b");
    }

    @Test
    void writesOneLineAnewOnATerminal() {
        assertThat(said(true, false)).contains("\r", "8 of 8 paths").endsWith("\n");
    }

    @Test
    void saysNothingWhenQuiet() {
        assertThat(said(false, true)).isEmpty();
    }

    @Test
    void linesEndInNoCommaAndNoneIsSaidTwice() {
        List<String> lines = said(false, false).lines().toList();
        assertThat(lines)
                .doesNotHaveDuplicates()
                .noneMatch(line -> line.stripTrailing().endsWith(","));
        assertThat(lines).filteredOn(line -> line.startsWith("sample: 8 of 8")).hasSize(1);
    }

    @Test
    void workThatWasDoneBeforeIsNotSpokenOf() {
        progress(false, false).begin("sample", "paths", 8, 8).close();
        assertThat(said()).isEmpty();
    }

    @Test
    void moreThanExpectedIsNeverOfLess() {
        try (Progress.Bar bar = progress(false, false).begin("convert", "MB", 0, 142)) {
            bar.advance(143);
        }
        assertThat(said()).startsWith("convert: 143 of 143 MB");
    }

    @Test
    void lessThanExpectedIsTheWholeOnceItIsFinished() {
        try (Progress.Bar bar = progress(false, false).begin("convert", "MB", 0, 142)) {
            bar.advance(140);
            bar.finish();
        }
        assertThat(said()).startsWith("convert: 140 of 140 MB").contains("took");
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.SECONDS)
    void speaksWhileTheFirstPieceIsAtWork() throws InterruptedException {
        try (Progress.Bar bar = progress(false, false).begin("train", "steps", 3, 9)) {
            while (bytes.size() == 0) {
                Thread.sleep(20);
            }
            assertThat(said()).startsWith("train: 3 of 9 steps, at work on the first since ");
            assertThat(bar.done()).isEqualTo(3);
        }
    }

    @Test
    void aLineAmidTheWorkStandsByItself() {
        try (Progress.Bar bar = progress(true, false).begin("train", "steps", 0, 2)) {
            bar.advance(1);
            bar.say("warning: look");
            bar.advance(1);
        }
        assertThat(said().lines()).contains("warning: look");
    }
}
