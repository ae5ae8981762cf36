package dev.errata.pipeline.fuzz;

import dev.errata.model.tokenizer.Tokenizer;
import java.util.List;

/** Texts that a tokenizer of unknown origin has to cope with. */
final class Texts {
    private static final List<String> TEXTS = List.of(
            "",
            "Hello, world! 12345 + 67\n\n  two  spaces\tand a tab",
            "été ÄÖÜ ß Ω 漢字 مرحبا 🙂👍🏽 \uD83D",
            "<s>[INST] a </s><|im_end|>",
            "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab",
            " ".repeat(300) + "x");

    private Texts() {}

    /** Encodes them, and decodes what came out and the first ids of the vocabulary. */
    static void throughTokenizer(Tokenizer tokenizer) {
        for (String text : TEXTS) {
            for (int id : tokenizer.encode(text, true)) {
                tokenizer.tokenOf(id);
            }
            tokenizer.decode(tokenizer.encode(text, false), false);
        }
        int[] ids = new int[Math.min(tokenizer.vocabSize(), 300)];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = i;
        }
        tokenizer.decode(ids, false);
        tokenizer.decode(ids, true);
    }
}
