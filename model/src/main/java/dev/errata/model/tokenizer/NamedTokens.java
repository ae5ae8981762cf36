package dev.errata.model.tokenizer;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The special tokens that the files beside a tokenizer name by what they are for: tokenizer_config.json and
 * special_tokens_map.json. As with transformers, the latter counts more where the former has no {@code
 * added_tokens_decoder}; elsewhere it only tells what the former leaves out.
 */
public final class NamedTokens {
    private static final List<String> NAMES =
            List.of("bos_token", "eos_token", "unk_token", "sep_token", "pad_token", "cls_token", "mask_token");
    private static final List<String> LISTS = List.of("additional_special_tokens", "extra_special_tokens");
    /** The id of a token that the files name without one. */
    static final int WITHOUT_ID = -1;

    private final Map<String, AddedToken> byName = new LinkedHashMap<>();
    private final Map<String, AddedToken> others = new LinkedHashMap<>();

    private NamedTokens() {}

    /**
     * @throws dev.errata.tensor.BadInputException if one of the files is broken or names what is no token
     */
    public static NamedTokens read(Path folder) {
        JsonPart settings = find(folder.resolve("tokenizer_config.json"));
        JsonPart map = find(folder.resolve("special_tokens_map.json"));
        boolean mapLast =
                settings == null || !settings.get("added_tokens_decoder").isObject();
        NamedTokens tokens = new NamedTokens();
        tokens.add(mapLast ? settings : map);
        tokens.add(mapLast ? map : settings);
        return tokens;
    }

    private static JsonPart find(Path file) {
        return Files.isRegularFile(file) ? JsonPart.read(file) : null;
    }

    /** What an earlier file named gives way. */
    private void add(JsonPart file) {
        if (file == null) {
            return;
        }
        for (String name : NAMES) {
            AddedToken token = token(file.get(name));
            if (token != null) {
                byName.put(name, token);
            }
        }
        for (String list : LISTS) {
            JsonPart part = file.get(list);
            if (part.isObject()) {
                part.forEachField((_, token) -> addOther(token));
            } else if (!part.isNull()) {
                part.elements().forEach(this::addOther);
            }
        }
    }

    private void addOther(JsonPart part) {
        AddedToken token = token(part);
        if (token != null) {
            others.put(token.content(), token);
        }
    }

    /** A token is a string, or an object with its {@code content}; null where there is none. */
    private static AddedToken token(JsonPart part) {
        if (part.isNull()) {
            return null;
        }
        if (!part.isObject()) {
            return part.text().isEmpty() ? null : AddedToken.plain(WITHOUT_ID, part.text(), true);
        }
        String content = part.get("content").text();
        return content.isEmpty()
                ? null
                : new AddedToken(
                        WITHOUT_ID,
                        content,
                        true,
                        part.get("single_word").flag(false),
                        part.get("lstrip").flag(false),
                        part.get("rstrip").flag(false),
                        part.get("normalized").flag(false));
    }

    /** The start token's text, or null. */
    String bos() {
        return text("bos_token");
    }

    /** The end token's text, or null. */
    String eos() {
        return text("eos_token");
    }

    private String text(String name) {
        AddedToken token = byName.get(name);
        return token == null ? null : token.content();
    }

    /** Texts by name, as {@code eos_token}. */
    public Map<String, String> texts() {
        Map<String, String> texts = new LinkedHashMap<>();
        byName.forEach((name, token) -> texts.put(name, token.content()));
        return texts;
    }

    /** The texts of the special tokens that have no name of their own. */
    public List<String> additional() {
        return List.copyOf(others.keySet());
    }

    /** All of them, in the order in which transformers adds those that a tokenizer doesn't have. */
    public List<AddedToken> all() {
        List<AddedToken> all = new ArrayList<>();
        for (String name : NAMES) {
            if (byName.containsKey(name)) {
                all.add(byName.get(name));
            }
        }
        all.addAll(others.values());
        return all;
    }
}
