package dev.errata.model.tokenizer;

import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The tokenizer files of a model folder. */
final class TokenizerFolder {
    private TokenizerFolder() {}

    static Tokenizer load(Path folder) {
        Path config = folder.resolve("tokenizer_config.json");
        JsonPart settings = Files.isRegularFile(config) ? JsonPart.read(config) : null;
        List<AddedToken> configured = ConfiguredTokens.read(folder, settings);
        Path json = folder.resolve("tokenizer.json");
        if (Files.isRegularFile(json)) {
            SpecialTokenNames names = settings == null ? SpecialTokenNames.NONE : SpecialTokenNames.read(settings);
            return TokenizerJson.read(JsonPart.read(json), names, configured);
        }
        Path model = folder.resolve("tokenizer.model");
        if (Files.isRegularFile(model)) {
            return SentencePieceFile.read(model).tokenizer(settings, configured);
        }
        throw new BadInputException(
                "no tokenizer", folder.toString(), "add the model's tokenizer.json or tokenizer.model to the folder");
    }
}
