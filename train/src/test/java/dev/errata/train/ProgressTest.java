package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class ProgressTest {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    private String said(boolean terminal, boolean quiet) {
        PrintStream err = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        try (Progress.Bar bar = new Progress(err, terminal, quiet).begin("sample", "paths", 2, 8)) {
            for (int i = 0; i < 6; i++) {
                bar.advance(1);
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
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
}
