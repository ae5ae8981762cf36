package dev.errata.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SentencePieceNormalizerTest {
    private static final int LEAF = 1 << 8;
    private static final int VALUE = 1 << 31;

    /** A trie, written out by hand, that turns {@code x} into {@code yz} and U+00E9 into a space. */
    private static CharacterMap map() {
        int[] units = new int[256];
        units[0] = 1 << 10;
        units[1 ^ 'x'] = 'x' | LEAF | 1 << 10;
        units[1 ^ 'x' ^ 1] = VALUE;
        units[1 ^ 0xC3] = 0xC3 | 2 << 10;
        units[1 ^ 0xC3 ^ 2 ^ 0xA9] = 0xA9 | LEAF | 4 << 10;
        units[1 ^ 0xC3 ^ 2 ^ 0xA9 ^ 4] = VALUE | 3;
        ByteBuffer bytes = ByteBuffer.allocate(4 + 4 * units.length + 5).order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(4 * units.length);
        for (int unit : units) {
            bytes.putInt(unit);
        }
        bytes.put("yz\0 \0".getBytes(StandardCharsets.UTF_8)).flip();
        return CharacterMap.read(bytes, "tiny.model");
    }

    private static SentencePieceNormalizer strips(TextMatcher userDefined) {
        return new SentencePieceNormalizer(true, true, true, null, userDefined);
    }

    @Test
    void extraSpacesGoAway() {
        SentencePieceNormalizer strips = strips(TextMatcher.NONE);
        assertThat(strips.normalize("  a   b  ")).isEqualTo("\u2581a\u2581b");
        assertThat(strips.normalize("   ")).isEmpty();
        assertThat(strips.normalize("")).isEmpty();
    }

    @Test
    void anEscapedSpaceAtTheEndGoesAwayToo() {
        SentencePieceNormalizer strips = strips(TextMatcher.NONE);
        assertThat(strips.normalize("\u2581\u2581")).isEmpty();
        assertThat(strips.normalize("a \u2581b\u2581")).isEqualTo("\u2581a\u2581\u2581b");
    }

    @Test
    void userDefinedPiecesStayAsTheyAre() {
        SentencePieceNormalizer strips = strips(new TextMatcher(Map.of("x  y", 0)));
        assertThat(strips.normalize("a  x  y  b")).isEqualTo("\u2581a\u2581x\u2581\u2581y\u2581b");
        SentencePieceNormalizer maps =
                new SentencePieceNormalizer(false, false, true, map(), new TextMatcher(Map.of("xx", 0)));
        assertThat(maps.normalize("xxx")).isEqualTo("xxyz");
    }

    @Test
    void charactersAreReplacedByTheMap() {
        SentencePieceNormalizer maps = new SentencePieceNormalizer(false, true, true, map(), TextMatcher.NONE);
        assertThat(maps.normalize("axb\u00E9\u00E9c\uD83D\uDE00x\u00E8")).isEqualTo("ayzb\u2581c\uD83D\uDE00yz\u00E8");
        assertThat(maps.normalize("\u00E9 a \u00E9")).isEqualTo("a");
    }

    @Test
    void aBrokenMapIsRefused() {
        for (int size : new int[] {0, 3, 4, 6, 400}) {
            ByteBuffer bytes = ByteBuffer.allocate(6).order(ByteOrder.LITTLE_ENDIAN);
            bytes.putInt(0, size);
            if (size == 4) {
                continue;
            }
            assertThatThrownBy(() -> CharacterMap.read(bytes, "tiny.model")).isInstanceOf(BadInputException.class);
        }
        ByteBuffer wild = ByteBuffer.allocate(12).order(ByteOrder.LITTLE_ENDIAN);
        wild.putInt(0, 8).putInt(4, -1).putInt(8, -1);
        assertThat(CharacterMap.read(wild, "tiny.model").longest(new byte[] {1, 2, 3}, 0))
                .isNull();
    }
}
