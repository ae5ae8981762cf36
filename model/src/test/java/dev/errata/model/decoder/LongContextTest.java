package dev.errata.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.generate.Writing;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Models whose rotations hang on the sequence's length (dynamic scaling, trained for 12 positions) and whose layers see
 * different numbers of keys (a window from layer 1 on, with YaRN), against what transformers computes for each row alone.
 */
class LongContextTest {
    private static final double LOGITS = 2e-4;

    @ParameterizedTest
    @ValueSource(strings = {"llama-dynamic", "qwen2-window-yarn"})
    void packedRowsGetTheLogitsOfEachRowAlone(String name) {
        RecordedModel model = RecordedModel.committed(name);
        try (Backend backend = Backends.choose("reference", 1);
                Decoder decoder = model.load(backend)) {
            int[] shorter = model.rows("a.input_ids")[0];
            int[] longer = model.rows("d.input_ids")[0];
            float[] logits = Scoring.of(decoder, shorter, longer, shorter).logits();
            int columns = decoder.config().vocabSize();
            int first = shorter.length * columns;
            int second = first + longer.length * columns;
            assertClose(Arrays.copyOfRange(logits, 0, first), model.floats("a.logits"));
            assertClose(Arrays.copyOfRange(logits, first, second), model.floats("d.logits"));
            assertClose(Arrays.copyOfRange(logits, second, logits.length), model.floats("a.logits"));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"llama-dynamic", "qwen2-window-yarn"})
    void greedyTextGoesOnBeyondTheTrainedLengthWithKeysKeptAsTheyWere(String name) {
        RecordedModel model = RecordedModel.committed(name);
        try (Backend backend = Backends.choose("reference", 1);
                Decoder decoder = model.load(backend)) {
            int[] ids = Writing.greedy(decoder, List.of(model.rows("gen.prompt")[0]), 24, Set.of())
                    .getFirst()
                    .ids();
            assertThat(ids)
                    .isEqualTo(RecordedModel.ids(model.json().get("greedy").get("new_tokens")));
        }
    }

    private static void assertClose(float[] ours, float[] theirs) {
        assertThat(ours).hasSameSizeAs(theirs);
        for (int i = 0; i < ours.length; i++) {
            assertThat(Math.abs((double) ours[i] - theirs[i])).as("logit " + i).isLessThan(LOGITS);
        }
    }
}
