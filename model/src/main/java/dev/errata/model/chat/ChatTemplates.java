package dev.errata.model.chat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.model.json.JsonText;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A model's chat template together with the variables that belong to the model: {@code bos_token}, {@code eos_token} and
 * the other special tokens that tokenizer_config.json names.
 */
public record ChatTemplates(ChatTemplate template, Map<String, Object> variables) {
    private static final String CONFIG = "tokenizer_config.json";
    private static final List<String> TOKENS =
            List.of("bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token");

    /** Copies the variables. */
    public ChatTemplates {
        variables = new LinkedHashMap<>(variables);
    }

    /**
     * Finds the template of a model folder: chat_template.jinja, else {@code chat_template} in tokenizer_config.json (the
     * one named {@code default} where there are several).
     *
     * @return empty when the folder has none
     * @throws BadInputException when a file is broken or the template isn't supported
     */
    public static Optional<ChatTemplates> find(Path folder) {
        Path file = folder.resolve("chat_template.jinja");
        if (Files.isRegularFile(file)) {
            return Optional.of(new ChatTemplates(read(file), variables(folder)));
        }
        Path config = folder.resolve(CONFIG);
        if (!Files.isRegularFile(config)) {
            return Optional.empty();
        }
        return source(readJson(config).path("chat_template"), config)
                .map(source -> new ChatTemplates(ChatTemplate.parse(source, config.toString()), variables(folder)));
    }

    /** The template in a file of its own, as {@code --template} gives it. */
    public static ChatTemplate read(Path file) {
        return ChatTemplate.parse(readText(file), file.toString());
    }

    /** The special tokens that a model folder's tokenizer_config.json names; without that file there are none. */
    public static Map<String, Object> variables(Path folder) {
        Map<String, Object> variables = new LinkedHashMap<>();
        Path config = folder.resolve(CONFIG);
        if (!Files.isRegularFile(config)) {
            return variables;
        }
        JsonNode json = readJson(config);
        for (String name : TOKENS) {
            JsonNode token = json.path(name);
            JsonNode text = token.isObject() ? token.path("content") : token;
            if (text.isTextual()) {
                variables.put(name, text.textValue());
            } else if (!text.isMissingNode() && !text.isNull()) {
                throw new BadInputException(name + " is not a string", config.toString(), "get the file again");
            }
        }
        return variables;
    }

    /**
     * The template inside a GGUF file.
     *
     * @param metadata values by key, with the vocabulary in {@code tokenizer.ggml.tokens}
     * @param where the file's name, for messages
     * @return empty when the file has none
     */
    public static Optional<ChatTemplates> fromGguf(Map<String, Object> metadata, String where) {
        Object source = metadata.get("tokenizer.chat_template");
        if (source == null) {
            return Optional.empty();
        }
        if (!(source instanceof String text)) {
            throw new BadInputException("tokenizer.chat_template is not a string", where, "convert the model anew");
        }
        Map<String, Object> variables = new LinkedHashMap<>();
        for (String name : List.of("bos", "eos", "unknown", "padding")) {
            String variable = switch (name) {
                case "unknown" -> "unk_token";
                case "padding" -> "pad_token";
                default -> name + "_token";
            };
            tokenText(metadata, "tokenizer.ggml." + name + "_token_id")
                    .ifPresent(token -> variables.put(variable, token));
        }
        return Optional.of(new ChatTemplates(ChatTemplate.parse(text, where), variables));
    }

    private static Optional<String> tokenText(Map<String, Object> metadata, String key) {
        if (!(metadata.get(key) instanceof Number id) || id.longValue() < 0) {
            return Optional.empty();
        }
        Object token = switch (metadata.get("tokenizer.ggml.tokens")) {
            case String[] tokens when id.longValue() < tokens.length -> tokens[id.intValue()];
            case List<?> tokens when id.longValue() < tokens.size() -> tokens.get(id.intValue());
            case null, default -> null;
        };
        return token instanceof String text ? Optional.of(text) : Optional.empty();
    }

    /**
     * The text of messages, with this model's variables; those given here come before them.
     *
     * @see ChatTemplate#render
     */
    public String render(List<Map<String, Object>> messages, boolean addGenerationPrompt, Map<String, Object> more) {
        Map<String, Object> all = new LinkedHashMap<>(variables);
        all.putAll(more);
        return template.render(messages, addGenerationPrompt, all);
    }

    private static Optional<String> source(JsonNode template, Path config) {
        if (template.isMissingNode() || template.isNull()) {
            return Optional.empty();
        }
        if (template.isTextual()) {
            return Optional.of(template.textValue());
        }
        for (JsonNode named : template) {
            if (named.path("name").asText().equals("default")
                    && named.path("template").isTextual()) {
                return Optional.of(named.path("template").textValue());
            }
        }
        throw new BadInputException("no chat template named default", config.toString(), "give one with --template");
    }

    private static JsonNode readJson(Path file) {
        try {
            return JsonText.FOREIGN.readTree(readText(file));
        } catch (JsonProcessingException e) {
            String line = e.getLocation() == null ? "" : ":" + e.getLocation().getLineNr();
            throw new BadInputException("not a whole JSON file", file + line, "get the file again", e);
        }
    }

    private static String readText(Path file) {
        try {
            return Files.readString(file);
        } catch (MalformedInputException e) {
            throw new BadInputException("not UTF-8 text", file.toString(), "get the file again", e);
        } catch (IOException e) {
            throw new BadInputException("can't be read", file.toString(), "check the file and its permissions", e);
        }
    }
}
