package dev.errata.pipeline.cli.chat;

import dev.errata.model.chat.TemplateRaisedException;
import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.data.Json;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.ErrataException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** The conversation: its messages so far, and what is done with each line that a person gives. */
final class ChatConversation {
    /** The commands, with what they do. */
    private static final List<List<String>> COMMANDS = List.of(
            List.of("/reset", "forget the conversation"),
            List.of("/system TEXT", "another system prompt, without TEXT none; the conversation begins anew"),
            List.of("/seed N", "another seed"),
            List.of("/temperature T", "another temperature, 0 for the likeliest token"),
            List.of("/save FILE.jsonl", "write the conversation as a row to train on"),
            List.of("/help", "this list"),
            List.of("/quit", "end"));

    private final Session session;
    private final Answerer answerer;
    private final MessageSource source;
    private final List<Map<String, Object>> messages = new ArrayList<>();
    private ChatSettings settings;

    /** A row of {@code --json}. */
    record Row(String text, String finish, int tokens) {}

    /** What {@code /save} writes: a row as {@code train} reads it. */
    record Saved(List<Map<String, Object>> messages) {}

    ChatConversation(Session session, Answerer answerer, MessageSource source, ChatSettings settings) {
        this.session = session;
        this.answerer = answerer;
        this.source = source;
        this.settings = settings;
    }

    /** What Tab completes. */
    static List<String> commandNames() {
        return COMMANDS.stream().map(each -> each.getFirst().split(" ")[0]).toList();
    }

    /** Goes on until there are no more messages, or one says that it is enough. */
    void run() {
        for (String line = source.next(); line != null; line = source.next()) {
            try {
                if (line.startsWith("/") && !line.startsWith("//")) {
                    if (!obey(line)) {
                        return;
                    }
                } else {
                    answer(line.startsWith("//") ? line.substring(1) : line);
                }
            } catch (TemplateRaisedException e) {
                say(new BadInputException(
                        "the model's chat template refuses this, " + e.getMessage(),
                        "chat",
                        "begin anew with /reset",
                        e));
            } catch (ErrataException e) {
                say(e);
            }
        }
    }

    /** Tells a person what is wrong; where there is none the program ends. */
    private void say(ErrataException failure) {
        if (!source.isInteractive()) {
            throw failure;
        }
        session.progress().say(failure.what() + ": " + failure.remedy());
    }

    private List<Map<String, Object>> withSystem() {
        List<Map<String, Object>> all = new ArrayList<>(messages);
        if (settings.system() != null) {
            all.addFirst(message("system", settings.system()));
        }
        return all;
    }

    private static Map<String, Object> message(String role, String content) {
        return Map.of("role", role, "content", content);
    }

    private void answer(String question) {
        messages.add(message("user", question));
        Answerer.Answer[] written = new Answerer.Answer[1];
        try {
            source.whileAnswering(
                    () -> written[0] = answerer.answer(withSystem(), settings, this::print), answerer::stop);
        } finally {
            if (written[0] == null) {
                messages.removeLast();
            }
        }
        Answerer.Answer answer = written[0];
        messages.add(message("assistant", answer.text()));
        if (session.json()) {
            session.row(new Row(answer.text(), answer.finish(), answer.tokens()));
            return;
        }
        session.out().println();
        session.out().flush();
        if (source.isInteractive() || !answer.finish().equals("stop")) {
            session.progress()
                    .say(String.format(
                            Locale.ROOT,
                            "[%d tokens, %.1f tokens/s%s]",
                            answer.tokens(),
                            answer.tokens() / Math.max(1e-9, answer.seconds()),
                            why(answer.finish())));
        }
    }

    private static String why(String finish) {
        return switch (finish) {
            case "length" -> ", cut off by its length";
            case "stopped" -> ", stopped";
            default -> "";
        };
    }

    private void print(String piece) {
        if (!session.json()) {
            session.out().print(piece);
            session.out().flush();
        }
    }

    /** Does what a command says; false if it says that it is enough. */
    private boolean obey(String line) {
        String[] parts = line.strip().split("\\s+", 2);
        String value = parts.length > 1 ? parts[1] : "";
        switch (parts[0]) {
            case "/quit", "/exit" -> {
                return false;
            }
            case "/help" ->
                COMMANDS.forEach(
                        each -> session.progress().say(String.format("%-18s %s", each.getFirst(), each.getLast())));
            case "/reset" -> messages.clear();
            case "/system" -> {
                settings = settings.withSystem(value.isEmpty() ? null : value);
                messages.clear();
            }
            case "/seed" -> settings = settings.withSeed(whole(parts[0], value));
            case "/temperature" -> settings = settings.withTemperature(number(parts[0], value));
            case "/save" -> save(value);
            default ->
                throw new BadInputException(
                        "no such command, " + parts[0],
                        "chat",
                        "see /help; a message that begins with / is written //");
        }
        return true;
    }

    private static long whole(String command, String value) {
        try {
            return Long.parseLong(value);
        } catch (NumberFormatException e) {
            throw new BadInputException(value + " is no whole number", command, "give one, as " + command + " 7", e);
        }
    }

    private static double number(String command, String value) {
        try {
            double number = Double.parseDouble(value);
            if (number >= 0 && Double.isFinite(number)) {
                return number;
            }
        } catch (NumberFormatException e) {
            // said below
        }
        throw new BadInputException(value + " is no number of at least 0", command, "give one, as " + command + " 0.7");
    }

    private void save(String file) {
        if (file.isEmpty() || messages.isEmpty()) {
            throw new BadInputException(
                    file.isEmpty() ? "no file is named" : "nothing was said yet",
                    "/save",
                    "give a file, as /save talk.jsonl");
        }
        AtomicFile.write(Path.of(file), Json.line(new Saved(withSystem())) + "\n");
        session.progress().say("saved to " + file);
    }
}
