package dev.errata.pipeline.fuzz;

import dev.errata.model.tokenizer.Tokenizer;
import java.nio.file.Path;

/** Hugging Face's tokenizer.json, its regular expressions included. */
public final class TokenizerJsonFuzz {
    private TokenizerJsonFuzz() {}

    /** Reads one input as the only file of a folder. */
    public static void fuzzerTestOneInput(byte[] input) {
        Path file = Trial.file("tokenizer.json", input);
        Trial.run(input.length, () -> Texts.throughTokenizer(Tokenizer.load(file.getParent())));
    }
}
