package dev.errata.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TokenPieceTest {
    private static final Tokenizer TOKENIZER = Tokenizer.load(Path.of("../configs/demo/errata-2m"));

    @Test
    void thePiecesOfATextAreTheText() {
        String text = "Tom has 3 apples. ünï 😀 x";
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int id : TOKENIZER.encode(text, false)) {
            bytes.writeBytes(TokenPiece.of(TOKENIZER, id).bytes());
        }
        assertThat(bytes.toString(StandardCharsets.UTF_8)).isEqualTo(text);
    }

    @Test
    void everyTokenHasATextAndAnIdBeyondThemNone() {
        for (int id = 0; id < TOKENIZER.vocabSize(); id++) {
            TokenPiece piece = TokenPiece.of(TOKENIZER, id);
            if (piece.isWhole()) {
                assertThat(new String(piece.bytes(), StandardCharsets.UTF_8)).isEqualTo(piece.text());
            }
        }
        assertThat(TokenPiece.of(TOKENIZER, TOKENIZER.vocabSize() + 5).bytes()).isEmpty();
    }
}
