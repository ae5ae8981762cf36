package dev.errata.pipeline.fuzz;

import dev.errata.model.text.ModelText;
import dev.errata.model.weights.ModelSource;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** GGUF files: metadata, tensor infos, the model's shape, the vocabulary and the chat template inside. */
public final class GgufFuzz {
    private GgufFuzz() {}

    /** Reads one input, once for the model and once for the texts. */
    public static void fuzzerTestOneInput(byte[] input) {
        Path file = Trial.file("model.gguf", input);
        Trial.run(input.length, () -> {
            try (ModelSource source = ModelSource.open(file)) {
                source.weights().requireNoOthers();
            }
        });
        Trial.run(input.length, () -> {
            ModelText text = ModelText.open(file, List.of());
            Texts.throughTokenizer(text.tokenizer());
            text.chat()
                    .ifPresent(chat -> chat.render(List.of(Map.of("role", "user", "content", "2+2")), true, Map.of()));
        });
    }
}
