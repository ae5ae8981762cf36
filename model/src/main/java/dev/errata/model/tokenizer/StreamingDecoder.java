package dev.errata.model.tokenizer;

import java.util.Optional;

/**
 * Decodes ids one at a time. What it returns, put together, is exactly what decoding all ids at once gives; a character
 * comes out only when all of its bytes are there. For one thread.
 */
public final class StreamingDecoder {
    private final Tokenizer tokenizer;
    private final boolean skipSpecialTokens;
    private final StringBuilder ready = new StringBuilder();
    private final TextDecoder.Stage stage;

    StreamingDecoder(Tokenizer tokenizer, boolean skipSpecialTokens) {
        this.tokenizer = tokenizer;
        this.skipSpecialTokens = skipSpecialTokens;
        stage = tokenizer.decoder().open(new TextDecoder.Stage() {
            @Override
            public void accept(String text) {
                ready.append(text);
            }

            @Override
            public void finish() {}
        });
    }

    /**
     * Takes the next id and returns the text that has become certain. An id without a token adds nothing: a model's
     * vocabulary may be padded beyond its tokenizer's.
     */
    public String append(int id) {
        Optional<String> token = tokenizer.decodedTokenOf(id);
        if (token.isPresent() && !(skipSpecialTokens && tokenizer.isSpecial(id))) {
            stage.accept(token.get());
        }
        return take();
    }

    /** Ends the decoding and returns the text that was still held back; bytes of a cut character become U+FFFD. */
    public String finish() {
        stage.finish();
        return take();
    }

    private String take() {
        String text = ready.toString();
        ready.setLength(0);
        return text;
    }
}
