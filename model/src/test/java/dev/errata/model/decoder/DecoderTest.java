package dev.errata.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.model.generate.Finish;
import dev.errata.model.generate.Generated;
import dev.errata.model.generate.Writing;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The decoder against transformers, on both host backends; the tolerances are those measured for f32. */
class DecoderTest {
    private static final double LOGITS = 2e-4;
    private static final double HIDDEN = 5e-5;

    @ParameterizedTest
    @CsvSource({"llama2-mha, reference", "llama2-mha, cpu", "llama3-gqa-tied, reference", "llama3-gqa-tied, cpu"})
    void givesTransformersHiddenStatesAndLogits(String name, String device) {
        RecordedModel model = RecordedModel.committed(name);
        try (Backend backend = Backends.choose(device, 2)) {
            try (Decoder decoder = model.load(backend)) {
                Scoring plain = Scoring.of(decoder, model.rows("a.input_ids"));
                assertClose("a.logits", plain.logits(), model.floats("a.logits"), LOGITS);
                assertThat(plain.hidden()).hasSize(decoder.config().numHiddenLayers() + 1);
                for (int layer = 0; layer < plain.hidden().size(); layer++) {
                    String states = "a.hidden." + layer;
                    assertClose(states, plain.hidden().get(layer), model.floats(states), HIDDEN);
                }
                padded(model, decoder);
            }
            assertThat(backend.liveBytes()).isZero();
        }
    }

    /** Rows of several lengths, which transformers pads and we don't. */
    private static void padded(RecordedModel model, Decoder decoder) {
        int[][] ids = model.rows("b.input_ids");
        int[][] mask = model.rows("b.attention_mask");
        int[][] rows = new int[ids.length][];
        for (int row = 0; row < ids.length; row++) {
            rows[row] = Arrays.copyOf(ids[row], Arrays.stream(mask[row]).sum());
        }
        float[] ours = Scoring.of(decoder, rows).logits();
        float[] theirs = model.floats("b.logits");
        int vocabulary = decoder.config().vocabSize();
        int at = 0;
        for (int row = 0; row < rows.length; row++) {
            int values = rows[row].length * vocabulary;
            int from = row * ids[row].length * vocabulary;
            assertClose(
                    "b.logits, row " + row,
                    Arrays.copyOfRange(ours, at, at + values),
                    Arrays.copyOfRange(theirs, from, from + values),
                    LOGITS);
            at += values;
        }
    }

    @ParameterizedTest
    @CsvSource({"llama2-mha, reference", "llama2-mha, cpu", "llama3-gqa-tied, reference", "llama3-gqa-tied, cpu"})
    void writesTransformersGreedyTokensAloneAndInBatches(String name, String device) {
        RecordedModel model = RecordedModel.committed(name);
        JsonNode json = model.json();
        int[] alone = RecordedModel.ids(json.get("greedy").get("new_tokens"));
        int[] prompt = model.rows("gen.prompt")[0];
        try (Backend backend = Backends.choose(device, 2);
                Decoder decoder = model.load(backend)) {
            assertThat(Writing.greedy(decoder, List.of(prompt), 32, Set.of())
                            .getFirst()
                            .ids())
                    .isEqualTo(alone);

            int end = json.get("greedy_eos").get("eos_token_id").asInt();
            Generated stopped =
                    Writing.greedy(decoder, List.of(prompt), 32, Set.of(end)).getFirst();
            assertThat(stopped.ids())
                    .isEqualTo(RecordedModel.ids(json.get("greedy_eos").get("new_tokens")));
            assertThat(stopped.finish()).isEqualTo(Finish.STOP);

            List<int[]> four = new ArrayList<>(model.prompts());
            four.add(prompt);
            List<Generated> whole = Writing.greedy(decoder, four, 16, Set.of());
            JsonNode expected = json.get("greedy_batch_left_padded").get("new_tokens");
            for (int row = 0; row < 3; row++) {
                assertThat(whole.get(row).ids()).isEqualTo(RecordedModel.ids(expected.get(row)));
                assertThat(whole.get(row).finish()).isEqualTo(Finish.LENGTH);
            }
            assertThat(whole.getLast().ids()).isEqualTo(Arrays.copyOf(alone, 16));
        }
    }

    @ParameterizedTest
    @CsvSource({"llama2-mha, reference", "llama2-mha, cpu", "llama3-gqa-tied, reference", "llama3-gqa-tied, cpu"})
    void aSequenceThatEndsEarlyLeavesTheOthersAsTheyAre(String name, String device) {
        RecordedModel model = RecordedModel.committed(name);
        JsonNode json = model.json().get("greedy_batch_eos");
        int end = json.get("eos_token_id").asInt();
        try (Backend backend = Backends.choose(device, 2);
                Decoder decoder = model.load(backend)) {
            List<Generated> batch = Writing.greedy(decoder, model.prompts(), 16, Set.of(end));
            for (int row = 0; row < batch.size(); row++) {
                int[] padded = RecordedModel.ids(json.get("new_tokens").get(row));
                int ended = IntStream.range(0, padded.length)
                        .filter(i -> padded[i] == end)
                        .findFirst()
                        .orElse(padded.length - 1);
                assertThat(batch.get(row).ids()).isEqualTo(Arrays.copyOf(padded, ended + 1));
            }
        }
    }

    static void assertClose(String what, float[] ours, float[] theirs, double tolerance) {
        assertThat(ours).as(what).hasSameSizeAs(theirs);
        for (int i = 0; i < ours.length; i++) {
            if (!(Math.abs(ours[i] - theirs[i]) <= tolerance)) {
                throw new AssertionError(what + ", element " + i + ": " + ours[i] + " instead of " + theirs[i]);
            }
        }
    }
}
