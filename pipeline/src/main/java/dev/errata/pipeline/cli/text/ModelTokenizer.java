package dev.errata.pipeline.cli.text;

import dev.errata.model.file.GgufFile;
import dev.errata.model.tokenizer.Tokenizer;
import dev.errata.tensor.BadInputException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;

/** The tokenizer of a MODEL as users name it: of a folder, which needs no other file, or of a GGUF file. */
final class ModelTokenizer {
    private ModelTokenizer() {}

    /**
     * Reads the tokenizer.
     *
     * @throws BadInputException if there is none or it is broken; it names the file
     */
    static Tokenizer load(Path model) {
        if (Files.isDirectory(model)) {
            return Tokenizer.load(model);
        }
        if (!Files.exists(model)) {
            throw new BadInputException(
                    "model is not there", model.toString(), "give a folder with a tokenizer, or a .gguf file");
        }
        try (Arena arena = Arena.ofConfined()) {
            return Tokenizer.fromGguf(GgufFile.open(model, arena).metadata().values(), model.toString());
        }
    }
}
