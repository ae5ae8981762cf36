package dev.errata.tensor.sampling;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.reference.ReferenceBackend;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TokenPickerTest {
    private static int[] pick(float[] logits, List<SampleRequest> rows) {
        try (ReferenceBackend backend = new ReferenceBackend();
                Scope scope = new Scope("test", backend)) {
            int[] chosen = new int[rows.size()];
            Tensor out = scope.ids("out", chosen);
            Tensor table = scope.floats("logits", logits, rows.size(), logits.length / rows.size());
            SamplingState state = SamplingState.of(scope, rows, 1);
            Tensor slots = SamplingState.allSlots(scope, rows.size());
            backend.run(new Op.SampleTokens(table, slots, state.history(), state.rules(), out));
            backend.download(out, MemorySegment.ofArray(chosen));
            return chosen;
        }
    }

    @Test
    void everyRowHasItsOwnSettings() {
        float[] logits = {1, 5, 2, 1, 5, 2};
        List<SampleRequest> rows = List.of(
                new SampleRequest(SamplerSettings.GREEDY, new int[0], 1, 1, 0),
                new SampleRequest(new SamplerSettings(0, 0, 1, 0, 1, 1, 1), new int[] {1}, 1, 1, 0));
        assertThat(pick(logits, rows)).containsExactly(1, 2);
    }

    @Test
    void drawsEachTokenAsOftenAsItsProbabilitySays() {
        int draws = 4000;
        float[] logits = new float[draws * 3];
        List<SampleRequest> rows = new ArrayList<>();
        for (int i = 0; i < draws; i++) {
            logits[i * 3] = (float) Math.log(0.5);
            logits[i * 3 + 1] = (float) Math.log(0.3);
            logits[i * 3 + 2] = (float) Math.log(0.2);
            rows.add(new SampleRequest(SamplerSettings.OFF, new int[0], 7, 3, i));
        }
        int[] counts = new int[3];
        for (int token : pick(logits, rows)) {
            counts[token]++;
        }
        // Standard deviations are 32, 29 and 25.
        assertThat(counts[0]).isBetween(1880, 2120);
        assertThat(counts[1]).isBetween(1090, 1310);
        assertThat(counts[2]).isBetween(700, 900);
    }

    @Test
    void aForbiddenTokenIsNeverChosen() {
        SampleRequest greedy = new SampleRequest(SamplerSettings.GREEDY, new int[0], new int[] {1, 2}, 1, 1, 0);
        assertThat(pick(new float[] {1, 9, 8, 3}, List.of(greedy))).containsExactly(3);
        List<SampleRequest> rows = new ArrayList<>();
        float[] logits = new float[500 * 3];
        for (int i = 0; i < 500; i++) {
            logits[i * 3 + 2] = 20;
            rows.add(new SampleRequest(SamplerSettings.OFF, new int[0], new int[] {2}, 7, 3, i));
        }
        assertThat(pick(logits, rows)).contains(0, 1).doesNotContain(2);
    }

    @Test
    void aRowWithNanOrWithNothingLeftHasNoToken() {
        float none = Float.NEGATIVE_INFINITY;
        List<SampleRequest> rows = new ArrayList<>();
        for (int row = 0; row < 2; row++) {
            rows.add(new SampleRequest(SamplerSettings.GREEDY, new int[0], 1, 1, 0));
            rows.add(new SampleRequest(SamplerSettings.of(1, 0.5), new int[0], 1, 1, 0));
        }
        rows.add(new SampleRequest(SamplerSettings.GREEDY, new int[0], new int[] {0, 1}, 1, 1, 0));
        rows.add(new SampleRequest(SamplerSettings.of(1, 0.5), new int[0], 1, 1, 0));
        float[] logits = {Float.NaN, -3, -2, Float.NaN, none, none, none, none, 1, 2, 1, Float.POSITIVE_INFINITY};
        assertThat(pick(logits, rows)).containsOnly(Op.SampleTokens.NO_TOKEN);
        SampleRequest greedy = rows.getFirst();
        assertThat(pick(new float[] {1, Float.POSITIVE_INFINITY}, List.of(greedy)))
                .containsExactly(1);
    }
}
