package dev.errata.pipeline.fuzz;

import dev.errata.model.tokenizer.Tokenizer;
import java.nio.file.Path;

/** SentencePiece's tokenizer.model. */
public final class SentencePieceFuzz {
    private SentencePieceFuzz() {}

    /** Reads one input as the only file of a folder. */
    public static void fuzzerTestOneInput(byte[] input) {
        Path file = Trial.file("tokenizer.model", input);
        Trial.run(input.length, () -> Texts.throughTokenizer(Tokenizer.load(file.getParent())));
    }
}
