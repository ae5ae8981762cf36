package dev.errata.model.tokenizer;

import dev.errata.model.file.LfsPointer;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The texts of a model's chat templates by name; the one that needs no name is called {@code default}. */
public record TemplateTexts(Map<String, Text> byName) {
    public static final String DEFAULT = "default";

    /** The key of tokenizer_config.json. */
    private static final String KEY = "chat_template";

    private static final String GGUF_KEY = "tokenizer.chat_template";
    private static final String EXTENSION = ".jinja";

    /** A template and the file that it stands in. */
    public record Text(String source, String where) {}

    /**
     * Those of a model folder: chat_template.jinja and additional_chat_templates/NAME.jinja, else {@code chat_template} in
     * tokenizer_config.json, which is a text or a list of named ones.
     *
     * @throws BadInputException when a file is broken
     */
    public static TemplateTexts ofFolder(Path folder) {
        Map<String, Text> texts = new LinkedHashMap<>();
        Path single = folder.resolve("chat_template" + EXTENSION);
        if (Files.isRegularFile(single)) {
            texts.put(DEFAULT, read(single));
        }
        Path others = folder.resolve("additional_chat_templates");
        if (Files.isDirectory(others)) {
            try (DirectoryStream<Path> files = Files.newDirectoryStream(others, "*" + EXTENSION)) {
                for (Path file : files) {
                    String name = file.getFileName().toString();
                    texts.putIfAbsent(name.substring(0, name.length() - EXTENSION.length()), read(file));
                }
            } catch (IOException e) {
                throw new BadInputException("can't be read", others.toString(), "check its permissions", e);
            }
        }
        Path config = folder.resolve("tokenizer_config.json");
        if (texts.isEmpty() && Files.isRegularFile(config)) {
            addConfigured(JsonPart.read(config).get(KEY), texts);
        }
        return new TemplateTexts(texts);
    }

    private static void addConfigured(JsonPart template, Map<String, Text> texts) {
        if (template.isNull()) {
            return;
        }
        if (!template.isArray()) {
            texts.put(DEFAULT, new Text(template.text(), template.file()));
            return;
        }
        for (JsonPart named : template.elements()) {
            texts.put(named.get("name").text(), new Text(named.get("template").text(), template.file()));
        }
    }

    /**
     * Those inside a GGUF file: {@code tokenizer.chat_template}, and {@code tokenizer.chat_template.NAME}.
     *
     * @param metadata values by key
     * @param where the file's name, for messages
     */
    public static TemplateTexts ofGguf(Map<String, Object> metadata, String where) {
        Map<String, Text> texts = new LinkedHashMap<>();
        metadata.forEach((key, value) -> {
            boolean isNamed = key.startsWith(GGUF_KEY + ".");
            if (isNamed || key.equals(GGUF_KEY)) {
                if (!(value instanceof String source)) {
                    throw new BadInputException(key + " is not a string", where, "convert the model anew");
                }
                texts.put(isNamed ? key.substring(GGUF_KEY.length() + 1) : DEFAULT, new Text(source, where));
            }
        });
        return new TemplateTexts(texts);
    }

    /** A template in a file of its own. */
    public static Text read(Path file) {
        LfsPointer.refuse(file);
        try {
            return new Text(Files.readString(file), file.toString());
        } catch (MalformedInputException e) {
            throw new BadInputException("not UTF-8 text", file.toString(), "get the file again", e);
        } catch (IOException e) {
            throw new BadInputException("can't be read", file.toString(), "check the file and its permissions", e);
        }
    }

    /** Puts them under a GGUF file's keys. */
    public void addTo(Map<String, Object> keys) {
        byName.forEach(
                (name, text) -> keys.put(name.equals(DEFAULT) ? GGUF_KEY : GGUF_KEY + "." + name, text.source()));
        String[] names =
                byName.keySet().stream().filter(name -> !name.equals(DEFAULT)).toArray(String[]::new);
        if (names.length > 0) {
            keys.put("tokenizer.chat_templates", names);
        }
    }

    public Optional<Text> named(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    public boolean isEmpty() {
        return byName.isEmpty();
    }

    public List<String> names() {
        return List.copyOf(byName.keySet());
    }
}
