package dev.errata.pipeline.cli.text;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.model.chat.ChatTemplates;
import dev.errata.model.chat.TemplateRaisedException;
import dev.errata.model.file.GgufFile;
import dev.errata.model.tokenizer.Tokenizer;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.cli.model.DateOption;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.tensor.BadInputException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code render}: messages to the text and ids of a chat template, a row each. */
@picocli.CommandLine.Command(
        name = "render",
        description = "Turn messages into the text and the ids that a chat model reads.",
        footer = {"", "Example:", "  errata render --model M --input chats.jsonl"})
public final class RenderCommand implements Command {
    private static final TypeReference<List<Map<String, Object>>> MESSAGES = new TypeReference<>() {};
    private static final TypeReference<Map<String, Object>> VARIABLES = new TypeReference<>() {};

    @Option(
            names = "--model",
            required = true,
            paramLabel = "MODEL",
            description = "a folder or .gguf with a tokenizer")
    private Path model;

    @Option(
            names = "--template",
            paramLabel = "F.jinja",
            description = "a template instead of the model's own, or the name of one of these")
    private Path template;

    @Mixin
    private DateOption date = new DateOption();

    @Option(
            names = "--input",
            required = true,
            paramLabel = "F.jsonl",
            description = "rows of messages, and add_generation_prompt, kwargs")
    private Path input;

    /** A line of the output. */
    record Rendered(String rendered, int[] ids) {}

    /** A line of the output where the template refuses the messages. */
    record Refused(String error) {}

    @Override
    public void run(Session session) {
        Tokenizer tokenizer = ModelTokenizer.load(model);
        ChatTemplates templates = templates().at(date.date());
        JsonRows.forEach(input, row -> session.row(rendered(templates, tokenizer, row)));
    }

    private ChatTemplates templates() {
        Optional<ChatTemplates> own = own();
        if (template == null) {
            return own.orElseThrow(this::missing);
        }
        Optional<ChatTemplates> named =
                Files.exists(template) ? Optional.empty() : own.flatMap(each -> each.withName(template.toString()));
        return named.orElseGet(() -> new ChatTemplates(ChatTemplates.read(template), variables(own)));
    }

    private Optional<ChatTemplates> own() {
        if (Files.isDirectory(model)) {
            return template != null && Files.exists(template) ? Optional.empty() : ChatTemplates.find(model);
        }
        try (Arena arena = Arena.ofConfined()) {
            return ChatTemplates.fromGguf(GgufFile.open(model, arena).metadata().values(), model.toString());
        }
    }

    private Map<String, Object> variables(Optional<ChatTemplates> own) {
        return Files.isDirectory(model)
                ? ChatTemplates.variables(model)
                : own.map(ChatTemplates::variables).orElse(Map.of());
    }

    private BadInputException missing() {
        return new BadInputException("model has no chat template", model.toString(), "give one with --template");
    }

    private static Object rendered(ChatTemplates templates, Tokenizer tokenizer, JsonRow row) {
        row.allow("messages", "add_generation_prompt", "kwargs");
        List<Map<String, Object>> messages = convert(row, "messages", MESSAGES);
        Map<String, Object> kwargs = row.has("kwargs") ? convert(row, "kwargs", VARIABLES) : Map.of();
        try {
            String text = templates.render(messages, row.flagOr("add_generation_prompt", false), kwargs);
            return new Rendered(text, tokenizer.encode(text, false));
        } catch (TemplateRaisedException e) {
            return new Refused(e.getMessage());
        }
    }

    private static <T> T convert(JsonRow row, String field, TypeReference<T> type) {
        JsonNode tree = row.tree(field);
        try {
            return Json.MAPPER.convertValue(tree, type);
        } catch (IllegalArgumentException e) {
            throw row.wrong(
                    "field " + field + " has another form",
                    field.equals("messages") ? "give a list of objects" : "give an object");
        }
    }
}
