package dev.errata.model.chat;

import dev.errata.tensor.BadInputException;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A chat template: turns messages into the text that a model was trained on.
 *
 * <p>The language is the part of jinja that transformers gives such templates, with {@code trim_blocks} and
 * {@code lstrip_blocks} on and without autoescaping. What isn't supported is an error when the template is read. A run is
 * bounded in steps, depth and size, so that a hostile template ends too. Immutable.
 */
public final class ChatTemplate {
    private static final int MAX_SOURCE = 4 << 20;

    /**
     * The day that {@code strftime_now} tells where nobody gives another: a prompt must not change overnight. It is the one
     * that LLaMA 3's own template falls back to.
     */
    public static final LocalDate DEFAULT_DATE = LocalDate.of(2024, 7, 26);

    private final List<Statement> statements;
    private final String where;
    private final LocalDate date;

    private ChatTemplate(List<Statement> statements, String where, LocalDate date) {
        this.statements = statements;
        this.where = where;
        this.date = date;
    }

    /**
     * Reads a template.
     *
     * @param where the file it comes from, for messages
     * @throws BadInputException when it is broken or uses what isn't supported; the place has the template's line
     */
    public static ChatTemplate parse(String source, String where) {
        if (source.length() > MAX_SOURCE) {
            throw new BadInputException("chat template above 4 MiB", where, "use the model's own template");
        }
        try {
            return new ChatTemplate(StatementParser.parse(source), where, DEFAULT_DATE);
        } catch (ParseFailure failure) {
            throw failed("chat template can't be read, " + failure.getMessage(), where, failure.line(), failure);
        }
    }

    /** The same with another day as {@code strftime_now}'s. */
    public ChatTemplate at(LocalDate day) {
        return new ChatTemplate(statements, where, day);
    }

    LocalDate date() {
        return date;
    }

    /**
     * The text of messages.
     *
     * @param messages maps with {@code role}, {@code content} and whatever else the template knows; values are strings,
     *     numbers, booleans, null, lists and maps
     * @param variables further variables, as {@code bos_token}, {@code eos_token} and {@code tools}
     * @throws TemplateRaisedException when the template itself refuses the messages
     * @throws BadInputException when the template fails, with its line
     */
    public String render(
            List<Map<String, Object>> messages, boolean addGenerationPrompt, Map<String, Object> variables) {
        Execution execution = new Execution();
        try {
            VariableScope environment = new VariableScope(null);
            Environment.addTo(environment, execution, date);
            Map<String, Object> given = new LinkedHashMap<>();
            given.put("tools", null);
            given.put("documents", null);
            given.putAll(variables);
            given.put("messages", messages);
            given.put("add_generation_prompt", addGenerationPrompt);
            VariableScope scope = new VariableScope(environment);
            given.forEach((name, value) -> scope.set(name, PythonValues.of(value)));
            return new Interpreter(execution).render(statements, scope);
        } catch (TemplateFailure failure) {
            throw failed("chat template fails, " + failure.getMessage(), where, execution.line(), failure);
        }
    }

    private static BadInputException failed(String what, String where, int line, Throwable cause) {
        return new BadInputException(
                what.replace(':', ' '),
                where + ":" + line,
                "check the messages, or give another template with --template",
                cause);
    }
}
