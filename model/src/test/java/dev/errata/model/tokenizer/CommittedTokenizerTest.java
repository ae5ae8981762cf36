package dev.errata.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The committed copy of one recorded set: a byte-level tokenizer.json and 300 strings. */
class CommittedTokenizerTest {
    private static final Path FOLDER = Oracle.resource("tokenizers/bpe-smollm2");

    private final Tokenizer tokenizer = Tokenizer.load(FOLDER);
    private final List<JsonNode> rows = Oracle.rows(FOLDER.resolve("ids.jsonl"));

    @Test
    void encodesEveryRecordedString() {
        assertThat(rows).hasSize(300);
        RecordedTokenizers.encodes(tokenizer, rows);
        RecordedTokenizers.encodesWithFront(tokenizer, rows, new int[0]);
    }

    @Test
    void decodesEveryRecordedString() {
        RecordedTokenizers.decodes(tokenizer, rows);
        RecordedTokenizers.decodesWithoutSpecialTokens(tokenizer, rows);
    }

    @Test
    void streamsEveryRecordedStringWithoutCuttingACharacter() {
        RecordedTokenizers.streams(tokenizer, rows);
    }

    @Test
    void decodesAPrefixThatEndsInsideACharacter() {
        int[] ids = tokenizer.encode("a😀", false);
        StreamingDecoder decoder = tokenizer.streamingDecoder(false);
        assertThat(decoder.append(ids[0])).isEqualTo("a");
        for (int i = 1; i < ids.length - 1; i++) {
            assertThat(decoder.append(ids[i])).isEmpty();
        }
        assertThat(decoder.append(ids[ids.length - 1])).isEqualTo("😀");
        assertThat(tokenizer.decode(ids, 0, ids.length - 1, false)).isEqualTo("a\uFFFD");
    }

    @Test
    void encodesNothingAsNothing() {
        assertThat(tokenizer.encode("", true)).isEmpty();
        assertThat(tokenizer.decode(new int[0], true)).isEmpty();
    }

    @Test
    void encodesALoneSurrogateAsAReplacementCharacter() {
        assertThat(tokenizer.encode("a\uD83D", false)).isEqualTo(tokenizer.encode("a\uFFFD", false));
    }

    @Test
    void knowsItsTokens() {
        assertThat(tokenizer.vocabSize()).isEqualTo(900);
        assertThat(tokenizer.idOf("<|im_end|>")).hasValue(2);
        assertThat(tokenizer.idOf("no such token")).isEmpty();
        assertThat(tokenizer.bosId()).isEmpty();
        assertThat(tokenizer.isSpecial(2)).isTrue();
        assertThat(tokenizer.isSpecial(5)).isFalse();
    }

    @Test
    void refusesIdsThatAreNoTokens() {
        for (int id : new int[] {-1, 900, Integer.MAX_VALUE}) {
            assertThatThrownBy(() -> tokenizer.decode(new int[] {id}, false))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("tokenizer.json");
        }
    }

    @Test
    void streamsPastIdsThatOnlyThePaddedModelHas() {
        StreamingDecoder decoder = tokenizer.streamingDecoder(false);
        assertThat(decoder.append(5000) + decoder.finish()).isEmpty();
    }
}
