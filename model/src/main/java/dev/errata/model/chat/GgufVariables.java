package dev.errata.model.chat;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The special tokens of a GGUF file as the variables of a chat template. */
final class GgufVariables {
    private static final Map<String, String> KEYS = new LinkedHashMap<>();

    static {
        KEYS.put("bos", "bos_token");
        KEYS.put("eos", "eos_token");
        KEYS.put("unknown", "unk_token");
        KEYS.put("padding", "pad_token");
    }

    private GgufVariables() {}

    /**
     * @param metadata values by key, with the vocabulary in {@code tokenizer.ggml.tokens}
     */
    static Map<String, Object> of(Map<String, Object> metadata) {
        Map<String, Object> variables = new LinkedHashMap<>();
        KEYS.forEach((key, variable) -> text(metadata, "tokenizer.ggml." + key + "_token_id")
                .ifPresent(token -> variables.put(variable, token)));
        return variables;
    }

    private static Optional<String> text(Map<String, Object> metadata, String key) {
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
}
