package dev.errata.pipeline.serve;

import dev.errata.model.tokenizer.StreamingDecoder;
import dev.errata.model.tokenizer.TokenPiece;
import dev.errata.model.tokenizer.Tokenizer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;

/** What single tokens read like, remembered: log-probabilities name the same ones again and again. */
final class TokenTexts {
    private final Tokenizer tokenizer;
    private final ConcurrentMap<Integer, TokenPiece> known = new ConcurrentHashMap<>();

    TokenTexts(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
    }

    TokenPiece of(int id) {
        return known.computeIfAbsent(id, each -> TokenPiece.of(tokenizer, each));
    }

    String text(int id) {
        return of(id).text();
    }

    /** The text of all of these, special tokens as they are written. */
    String joined(int[] ids) {
        StringBuilder text = new StringBuilder();
        StreamingDecoder decoder = tokenizer.streamingDecoder(false);
        for (int id : ids) {
            text.append(decoder.append(id));
        }
        return text.append(decoder.finish()).toString();
    }
}
