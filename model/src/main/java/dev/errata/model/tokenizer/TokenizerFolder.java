package dev.errata.model.tokenizer;

import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The tokenizer files of a model folder. */
final class TokenizerFolder {
    private static final List<String> OTHERS =
            List.of("vocab.json", "vocab.txt", "tekken.json", "tiktoken.model", "qwen.tiktoken", "spiece.model");

    private TokenizerFolder() {}

    static Tokenizer load(Path folder) {
        Path config = folder.resolve("tokenizer_config.json");
        JsonPart settings = Files.isRegularFile(config) ? JsonPart.read(config) : null;
        NamedTokens named = NamedTokens.read(folder);
        List<AddedToken> configured = ConfiguredTokens.read(folder, settings, named);
        Path json = folder.resolve("tokenizer.json");
        if (Files.isRegularFile(json)) {
            return TokenizerJson.read(JsonPart.read(json), named, configured);
        }
        Path model = folder.resolve("tokenizer.model");
        if (Files.isRegularFile(model)) {
            return SentencePieceFile.read(model).tokenizer(settings, named, configured);
        }
        throw missing(folder);
    }

    /** Files of other formats are named where they are all there is. */
    private static BadInputException missing(Path folder) {
        for (String other : OTHERS) {
            if (Files.isRegularFile(folder.resolve(other))) {
                return new BadInputException(
                        "a tokenizer in a format that isn't supported",
                        folder.resolve(other).toString(),
                        "save it with transformers as tokenizer.json");
            }
        }
        return new BadInputException(
                "no tokenizer", folder.toString(), "add the model's tokenizer.json or tokenizer.model to the folder");
    }
}
