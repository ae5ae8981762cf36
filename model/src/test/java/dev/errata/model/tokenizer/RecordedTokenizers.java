package dev.errata.model.tokenizer;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.stream.IntStream;

/** Compares a tokenizer with rows of {@code text}, {@code ids} and, where they differ, {@code decoded} texts. */
final class RecordedTokenizers {
    private RecordedTokenizers() {}

    static void encodes(Tokenizer tokenizer, List<JsonNode> rows) {
        for (JsonNode row : rows) {
            assertThat(tokenizer.encode(row.get("text").textValue(), false))
                    .as(row.get("text").textValue())
                    .containsExactly(Oracle.ids(row.get("ids")));
        }
    }

    static void encodesWithFront(Tokenizer tokenizer, List<JsonNode> rows, int[] front) {
        for (JsonNode row : rows) {
            int[] ids = Oracle.ids(row.get("ids"));
            int[] wanted =
                    IntStream.concat(IntStream.of(front), IntStream.of(ids)).toArray();
            assertThat(tokenizer.encode(row.get("text").textValue(), true))
                    .as(row.get("text").textValue())
                    .containsExactly(wanted);
        }
    }

    static void decodes(Tokenizer tokenizer, List<JsonNode> rows) {
        for (JsonNode row : rows) {
            int[] ids = Oracle.ids(row.get("ids"));
            String decoded = (row.has("decoded") ? row.get("decoded") : row.get("text")).textValue();
            assertThat(tokenizer.decode(ids, false)).isEqualTo(decoded);
        }
    }

    static void decodesWithoutSpecialTokens(Tokenizer tokenizer, List<JsonNode> rows) {
        for (JsonNode row : rows) {
            String decoded = (row.has("decoded") ? row.get("decoded") : row.get("text")).textValue();
            String skipped = row.has("decoded_skip") ? row.get("decoded_skip").textValue() : decoded;
            assertThat(tokenizer.decode(Oracle.ids(row.get("ids")), true)).isEqualTo(skipped);
        }
    }

    /** Every emitted piece ends at a whole character, and all pieces together are the decoding. */
    static void streams(Tokenizer tokenizer, List<JsonNode> rows) {
        for (JsonNode row : rows) {
            int[] ids = Oracle.ids(row.get("ids"));
            StreamingDecoder decoder = tokenizer.streamingDecoder(false);
            StringBuilder text = new StringBuilder();
            String whole = tokenizer.decode(ids, false);
            for (int id : ids) {
                text.append(decoder.append(id));
                assertThat(whole).startsWith(text.toString());
                assertThat(text.isEmpty() || !Character.isHighSurrogate(text.charAt(text.length() - 1)))
                        .isTrue();
            }
            assertThat(text + decoder.finish()).isEqualTo(whole);
        }
    }
}
