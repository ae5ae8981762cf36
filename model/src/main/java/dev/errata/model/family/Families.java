package dev.errata.model.family;

import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** All families that are known. */
public final class Families {
    private static final List<ModelFamily> ALL =
            List.of(Llama.FAMILY, Mistral.FAMILY, Qwen2.FAMILY, Qwen3.FAMILY, Phi3.FAMILY, Gemma2.FAMILY);

    private Families() {}

    public static List<ModelFamily> all() {
        return ALL;
    }

    /** By the model type of config.json. */
    public static Optional<ModelFamily> ofType(String modelType) {
        return ALL.stream()
                .filter(family -> family.modelType().equals(modelType))
                .findFirst();
    }

    /** By the architecture of a GGUF file; of several the first. */
    public static Optional<ModelFamily> ofGguf(String architecture) {
        return ALL.stream()
                .filter(family -> family.gguf().architecture().equals(architecture))
                .findFirst();
    }

    /** One with windows that GGUF files hold under the same architecture: the family itself where it has them. */
    public static Optional<ModelFamily> withWindow(ModelFamily family) {
        return ALL.stream()
                .filter(other -> other.gguf().equals(family.gguf()) && other.window() != WindowRule.NONE)
                .findFirst();
    }

    /** Model types for a sentence: {@code llama, mistral, …}. */
    public static String types() {
        return ALL.stream().map(ModelFamily::modelType).collect(Collectors.joining(", "));
    }

    /** Architectures of GGUF files for a sentence. */
    public static String architectures() {
        return ALL.stream()
                .map(family -> family.gguf().architecture())
                .distinct()
                .collect(Collectors.joining(", "));
    }
}
