package dev.errata.pipeline.fuzz;

import dev.errata.model.text.ModelText;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The demo's tokenizer with a chat template beside it, which the demo's model has none of. */
final class ChatText {
    /** Tokens of the demo's vocabulary. */
    static final int VOCABULARY = 512;

    static final Path MODEL =
            Path.of("../configs/demo/errata-2m").toAbsolutePath().normalize();

    private static final String TEMPLATE = "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}\n{% endfor %}"
            + "{% if add_generation_prompt %}<|assistant|>{% endif %}";

    private ChatText() {}

    static ModelText open() {
        try {
            Path folder = Files.createTempDirectory("chat-text");
            List<String> names = List.of("tokenizer.json", "tokenizer_config.json", "chat_template.jinja");
            for (String name : names.subList(0, 2)) {
                Files.copy(MODEL.resolve(name), folder.resolve(name));
            }
            Files.writeString(folder.resolve(names.getLast()), TEMPLATE);
            ModelText text = ModelText.open(folder, List.of(2));
            for (String name : names) {
                Files.delete(folder.resolve(name));
            }
            Files.delete(folder);
            return text;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
