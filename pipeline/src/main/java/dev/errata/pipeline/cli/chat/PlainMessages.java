package dev.errata.pipeline.cli.chat;

import dev.errata.tensor.RunFailedException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;

/** Messages from a file or another program: one a line; empty lines are none. */
final class PlainMessages implements MessageSource {
    private final BufferedReader lines;

    PlainMessages(InputStream in) {
        lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    }

    @Override
    public String next() {
        try {
            String line = lines.readLine();
            while (line != null && line.isBlank()) {
                line = lines.readLine();
            }
            return line;
        } catch (IOException e) {
            throw new RunFailedException("a message can't be read", "stdin", "give messages line by line", e);
        }
    }

    @Override
    public boolean isInteractive() {
        return false;
    }

    @Override
    public void whileAnswering(Runnable answer, Runnable stop) {
        answer.run();
    }

    @Override
    public void close() {}
}
