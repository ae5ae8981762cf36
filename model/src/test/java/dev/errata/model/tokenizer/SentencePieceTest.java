package dev.errata.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** SentencePiece models that the test writes itself. */
class SentencePieceTest {
    private static final String SPACE = "\u2581";

    private final Tokenizer tokenizer = TinySentencePiece.bpe()
            .allBytes()
            .pieces("ab", SPACE + "ab", "bc", SPACE, "a", "b", "c")
            .tokenizer();

    private static int[] ids(Tokenizer tokenizer, String... pieces) {
        return Arrays.stream(pieces)
                .mapToInt(piece -> tokenizer.idOf(piece).orElseThrow())
                .toArray();
    }

    @Test
    void mergesTheHighestScoreFirst() {
        assertThat(tokenizer.encode("abc", false)).isEqualTo(ids(tokenizer, SPACE + "ab", "c"));
        assertThat(tokenizer.encode("bc", false)).isEqualTo(ids(tokenizer, SPACE, "bc"));
    }

    @Test
    void keepsRunsOfSpacesWhereTheModelSaysSo() {
        Tokenizer keeps = TinySentencePiece.bpe()
                .normalizerNumber(4, 0)
                .allBytes()
                .pieces(SPACE, "a")
                .tokenizer();
        assertThat(keeps.encode(" a  a ", false)).isEqualTo(ids(keeps, SPACE, SPACE, "a", SPACE, SPACE, "a", SPACE));
        assertThat(keeps.decode(keeps.encode(" a  a ", false), false)).isEqualTo(" a  a ");
        assertThat(tokenizer.encode("  a   a  ", false)).isEqualTo(ids(tokenizer, SPACE, "a", SPACE, "a"));
    }

    @Test
    void putsNothingInFrontWhereTheModelSaysSo() {
        Tokenizer plain = TinySentencePiece.bpe()
                .normalizerNumber(3, 0)
                .allBytes()
                .pieces("a")
                .tokenizer();
        assertThat(plain.encode("a", false)).isEqualTo(ids(plain, "a"));
    }

    @Test
    void fallsBackToBytesAndPutsThemTogetherAgain() {
        int[] ids = tokenizer.encode("aé", false);
        assertThat(ids).isEqualTo(ids(tokenizer, SPACE, "a", "<0xC3>", "<0xA9>"));
        assertThat(tokenizer.decode(ids, false)).isEqualTo("aé");
        assertThat(tokenizer.decode(ids, 0, 3, false)).isEqualTo("a\uFFFD");
    }

    @Test
    void givesEachWrongByteAReplacementCharacter() {
        int[] ids = ids(tokenizer, "a", "<0xE1>", "<0xBA>", "b", "<0xFF>");
        assertThat(tokenizer.decode(ids, false)).isEqualTo("a\uFFFD\uFFFDb\uFFFD");
    }

    @Test
    void makesUnknownCharactersOneTokenWithoutByteFallback() {
        Tokenizer without = TinySentencePiece.bpe().pieces(SPACE, "a").tokenizer();
        assertThat(without.encode("xya", false)).isEqualTo(ids(without, SPACE, "<unk>", "a"));
        assertThat(without.decode(ids(without, SPACE, "<unk>", "a"), false)).isEqualTo(" \u2047 a");
    }

    @Test
    void neverTakesAUserDefinedPieceApart() {
        Tokenizer own = TinySentencePiece.bpe()
                .allBytes()
                .piece("bc", 0, PieceKind.USER_DEFINED)
                .pieces("ab", SPACE, "a", "b", "c")
                .tokenizer();
        assertThat(own.encode("abc", false)).isEqualTo(ids(own, SPACE, "a", "bc"));
    }

    @Test
    void usesAnUnusedPieceOnlyAsAStep() {
        Tokenizer own = TinySentencePiece.bpe()
                .allBytes()
                .piece("ab", 0, PieceKind.UNUSED)
                .pieces("abc", SPACE, "a", "b", "c")
                .tokenizer();
        assertThat(own.encode("ab", false)).isEqualTo(ids(own, SPACE, "a", "b"));
        assertThat(own.encode("abc", false)).isEqualTo(ids(own, SPACE, "abc"));
    }

    @Test
    void recognisesControlPiecesInAText() {
        assertThat(tokenizer.encode("<s>a</s>", false)).isEqualTo(ids(tokenizer, "<s>", SPACE, "a", "</s>"));
        assertThat(tokenizer.encode("a", true)).isEqualTo(ids(tokenizer, "<s>", SPACE, "a"));
        assertThat(tokenizer.decode(ids(tokenizer, "<s>", SPACE + "ab", "</s>"), true))
                .isEqualTo("ab");
    }

    @Test
    void refusesWhatItDoesNotHave() {
        assertRefused(TinySentencePiece.bpe().pieces("a").characterMap(), "character map");
        assertRefused(TinySentencePiece.bpe().pieces("a").trainerNumber(3, 3), "WORD");
        assertRefused(TinySentencePiece.bpe().pieces("a").trainerNumber(24, 1), "suffixes");
        assertRefused(TinySentencePiece.bpe().pieces("a").trainerNumber(35, 1), "byte fallback");
        assertRefused(new TinySentencePiece().trainerNumber(3, 2), "not a SentencePiece model");
        assertRefused(new TinySentencePiece().trainerNumber(3, 2).pieces("a"), "unknown piece");
    }

    private static void assertRefused(TinySentencePiece model, String why) {
        assertThatThrownBy(model::tokenizer)
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(why)
                .hasMessageContaining("tiny.model");
    }

    @Test
    void reportsEveryCutFileByItsName() {
        byte[] whole = TinySentencePiece.bpe().allBytes().pieces("a", "b").toBytes();
        for (int length = 0; length < whole.length; length += 7) {
            byte[] cut = Arrays.copyOf(whole, length);
            assertThatCode(() -> {
                        try {
                            SentencePieceFile.read(ByteBuffer.wrap(cut), "cut.model")
                                    .tokenizer(null, NamedTokens.read(Path.of("no such folder")), List.of());
                        } catch (BadInputException e) {
                            assertThat(e).hasMessageContaining("cut.model");
                        }
                    })
                    .doesNotThrowAnyException();
        }
    }
}
