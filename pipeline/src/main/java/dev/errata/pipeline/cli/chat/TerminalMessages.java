package dev.errata.pipeline.cli.chat;

import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import org.jline.reader.EOFError;
import org.jline.reader.EndOfFileException;
import org.jline.reader.LineReader;
import org.jline.reader.LineReaderBuilder;
import org.jline.reader.ParsedLine;
import org.jline.reader.Parser;
import org.jline.reader.Reference;
import org.jline.reader.UserInterruptException;
import org.jline.reader.impl.DefaultParser;
import org.jline.reader.impl.completer.StringsCompleter;
import org.jline.terminal.Terminal;
import org.jline.terminal.TerminalBuilder;

/**
 * Messages from a person at a terminal, with JLine: a history, editing, several lines (a backslash at a line's end, Alt-Enter,
 * or pasted). Ctrl-C empties the line, and stops an answer; Ctrl-D on an empty line ends the program.
 */
final class TerminalMessages implements MessageSource {
    private static final String PROMPT = "> ";
    private static final String FURTHER = "  ";

    private final Terminal terminal;
    private final LineReader reader;

    /**
     * @param commands what Tab completes
     */
    TerminalMessages(Iterable<String> commands) {
        try {
            terminal = TerminalBuilder.builder().name("errata").build();
        } catch (IOException e) {
            throw new RunFailedException("the terminal can't be used", "stdin", "give messages through a pipe", e);
        }
        reader = LineReaderBuilder.builder()
                .terminal(terminal)
                .parser(new WholeLines())
                .completer(new StringsCompleter(commands))
                .option(LineReader.Option.DISABLE_EVENT_EXPANSION, true)
                .variable(LineReader.SECONDARY_PROMPT_PATTERN, FURTHER)
                .build();
        reader.getKeyMaps().get(LineReader.MAIN).bind(new Reference("self-insert-unmeta"), "\u001b\r");
    }

    /** A line is one text, whatever quotes it has; with a backslash at its end it goes on. */
    private static final class WholeLines implements Parser {
        private final DefaultParser words =
                new DefaultParser().quoteChars(new char[0]).escapeChars(new char[0]);

        @Override
        public ParsedLine parse(String line, int cursor, ParseContext context) {
            if (context == ParseContext.ACCEPT_LINE && line.endsWith("\\")) {
                throw new EOFError(-1, -1, "the message goes on");
            }
            return words.parse(line, cursor, context);
        }
    }

    @Override
    public String next() {
        while (true) {
            try {
                String message = reader.readLine(PROMPT).replace("\\\n", "\n");
                if (!message.isBlank()) {
                    return message;
                }
            } catch (UserInterruptException e) {
                // The line is given up, the program goes on.
            } catch (EndOfFileException e) {
                return null;
            }
        }
    }

    @Override
    public boolean isInteractive() {
        return true;
    }

    @Override
    public void whileAnswering(Runnable answer, Runnable stop) {
        Terminal.SignalHandler before = terminal.handle(Terminal.Signal.INT, _ -> stop.run());
        try {
            answer.run();
        } finally {
            terminal.handle(Terminal.Signal.INT, before);
        }
    }

    @Override
    public void close() {
        try {
            terminal.close();
        } catch (IOException e) {
            throw new RunFailedException("the terminal can't be given back", "stdin", "type reset", e);
        }
    }
}
