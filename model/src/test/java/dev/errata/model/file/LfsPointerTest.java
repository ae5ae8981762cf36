package dev.errata.model.file;

import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.model.tokenizer.TemplateTexts;
import dev.errata.model.tokenizer.Tokenizer;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LfsPointerTest {
    private static final String POINTER =
            "version https://git-lfs.github.com/spec/v1\noid sha256:" + "0a".repeat(32) + "\nsize 4976698672\n";

    @TempDir
    private Path folder;

    private void named(String name, ThrowingCallable reading) throws IOException {
        Path file = Files.writeString(folder.resolve(name), POINTER);
        assertThatThrownBy(reading)
                .as(name)
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(name)
                .hasMessageContaining("Git LFS pointer")
                .hasMessageContaining("4976698672");
        Files.delete(file);
    }

    @Test
    void isNamedWhereverAFileOfAModelIsOpened() throws IOException {
        try (Arena arena = Arena.ofConfined()) {
            named("model.safetensors", () -> CheckpointFolder.open(folder, arena));
            named("model.safetensors.index.json", () -> CheckpointFolder.open(folder, arena));
            named("m.gguf", () -> GgufFile.open(folder.resolve("m.gguf"), arena));
        }
        named("config.json", () -> HuggingFaceConfig.read(folder));
        named("tokenizer.json", () -> Tokenizer.load(folder));
        named("tokenizer.model", () -> Tokenizer.load(folder));
        named("tokenizer_config.json", () -> Tokenizer.load(folder));
        named("special_tokens_map.json", () -> Tokenizer.load(folder));
        named("chat_template.jinja", () -> TemplateTexts.ofFolder(folder));
    }

    @Test
    void otherSmallFilesAreNone() throws IOException {
        for (String text : new String[] {"", "version 1", "{\"version\": \"https://git-lfs.github.com/spec/v1\"}"}) {
            Path file = Files.writeString(folder.resolve("f"), text);
            assertThatCode(() -> LfsPointer.refuse(file)).doesNotThrowAnyException();
        }
        assertThatCode(() -> LfsPointer.refuse(folder.resolve("nowhere"))).doesNotThrowAnyException();
        assertThatCode(() -> LfsPointer.refuse(folder)).doesNotThrowAnyException();
    }
}
