package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.KernelRig.STREAM;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.sampling.SampleRequest;
import dev.errata.tensor.sampling.SamplerSettings;
import dev.errata.tensor.sampling.SamplingState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SamplingKernelsTest {
    private static final int[] NOTHING = {};

    /** Each processor alone, several together, and bounds that keep one token or all. */
    private static List<SamplerSettings> settings() {
        return List.of(
                SamplerSettings.OFF,
                SamplerSettings.GREEDY,
                SamplerSettings.of(0.7, 1),
                SamplerSettings.of(1, 0.9),
                SamplerSettings.of(0.8, 0.5),
                SamplerSettings.of(1.3, 0),
                SamplerSettings.of(0.05, 0.99),
                new SamplerSettings(1, 1, 1, 0, 1, 1, 0),
                new SamplerSettings(0.9, 7, 1, 0, 1, 1, 0),
                new SamplerSettings(1, 0, 1, 0.2, 1, 1, 0),
                new SamplerSettings(1, 0, 1, 0, 0.6, 1, 0),
                new SamplerSettings(1, 0, 1, 0, 0.2, 1, 0),
                new SamplerSettings(0, 0, 1, 0, 1, 3, 0),
                new SamplerSettings(1, 0, 1, 0, 1, 1.7, 2),
                new SamplerSettings(0.7, 40, 0.9, 0.05, 0.95, 1.2, 3));
    }

    @ParameterizedTest
    @ValueSource(ints = {3, 31, 64, 501, 4099, 4104})
    void theTokensAreThoseOfTheCpu(int vocabulary) {
        try (KernelRig rig = new KernelRig()) {
            List<SampleRequest> requests = new ArrayList<>();
            for (SamplerSettings settings : settings()) {
                int[] history = rig.ids(vocabulary, 12);
                history[11] = history[3];
                requests.add(new SampleRequest(settings, history, 1, 2, requests.size()));
                requests.add(new SampleRequest(settings, NOTHING, 9, -2, requests.size()));
            }
            float[] logits = rig.normal((long) requests.size() * vocabulary);
            for (int i = 0; i < logits.length; i++) {
                logits[i] = i % 3 == 0 ? Math.round(logits[i] * 4) / 4f : 3 * logits[i]; // with ties
            }
            compare(rig, DType.F32, logits, requests, vocabulary);
            compare(rig, DType.BF16, KernelRig.rounded(logits, DType.BF16), requests, vocabulary);
        }
    }

    private static void compare(
            KernelRig rig, DType dtype, float[] logits, List<SampleRequest> requests, int vocabulary) {
        int rows = requests.size();
        SamplingState state = rig.sampling(requests, 1);
        SamplingState device = rig.sampling(requests, 1);
        Tensor expected = rig.tensor(new int[rows]);
        rig.expect(new Op.SampleTokens(
                rig.tensor(logits, rows, vocabulary), slots(rig, rows), state.history(), state.rules(), expected));
        Sampled sampled = sample(rig, dtype, logits, device, vocabulary);
        for (int row = 0; row < rows; row++) {
            Assertions.assertEquals(
                    rig.ints(expected)[row],
                    sampled.tokens()[row],
                    dtype + " row " + row + " " + requests.get(row).settings());
        }
        Assertions.assertArrayEquals(rig.ints(state.history().ids()), sampled.history());
        Assertions.assertArrayEquals(rig.ints(state.history().lengths()), sampled.lengths());
    }

    private static Tensor slots(KernelRig rig, int rows) {
        return rig.tensor(IntStream.range(0, rows).toArray());
    }

    private record Sampled(int[] tokens, int[] history, int[] lengths) {}

    private static Sampled sample(KernelRig rig, DType dtype, float[] logits, SamplingState state, int vocabulary) {
        int rows = state.history().slots();
        int capacity = state.history().capacity();
        SamplingKernels.History history = new SamplingKernels.History(
                rig.device(state.history().ids()), rig.device(state.history().lengths()), rows, capacity);
        SamplingKernels.Rules rules = new SamplingKernels.Rules(
                rig.device(state.rules().settings()),
                rig.device(state.rules().keys()),
                rig.device(state.rules().forbidden()),
                rig.device(state.rules().parts()));
        long out = rig.room(rows * 4L);
        new SamplingKernels(rig.library)
                .sample(
                        dtype,
                        rig.device(dtype, logits),
                        rig.device(slots(rig, rows)),
                        history,
                        rules,
                        rig.room(SamplingKernels.workBytes(rows, vocabulary)),
                        out,
                        rows,
                        vocabulary,
                        STREAM);
        return new Sampled(
                rig.ints(out, rows),
                rig.ints(history.ids(), (long) rows * capacity),
                rig.ints(history.lengths(), rows));
    }

    /** A block reads four slices of 4096 tokens; penalties, repeats and forbidden tokens lie in several of them. */
    @Test
    void theTokensOfALongRowAreThoseOfTheCpu() {
        int vocabulary = 5 * 4096 + 37;
        try (KernelRig rig = new KernelRig()) {
            List<SampleRequest> requests = new ArrayList<>();
            for (SamplerSettings settings : List.of(
                    SamplerSettings.GREEDY,
                    SamplerSettings.of(0.7, 1),
                    SamplerSettings.of(0.7, 0.9),
                    new SamplerSettings(1.2, 0, 0.99, 0, 1, 1.5, 2))) {
                int[] history = rig.ids(vocabulary, 12);
                history[11] = history[3];
                requests.add(new SampleRequest(settings, history, rig.ids(vocabulary, 50), 1, 2, requests.size()));
            }
            float[] logits = rig.normal((long) requests.size() * vocabulary);
            for (int i = 0; i < logits.length; i++) {
                logits[i] *= 3;
            }
            compare(rig, DType.F32, logits, requests, vocabulary);
        }
    }

    /** Too many equal scores, too large ones, and a nucleus of nearly everything: rows that are chosen from the general way. */
    @Test
    void rowsThatSlicesAreNotForHaveTheTokensOfTheCpu() {
        int vocabulary = 9000;
        try (KernelRig rig = new KernelRig()) {
            List<SampleRequest> requests = new ArrayList<>();
            float[] logits = rig.normal(3L * vocabulary);
            for (int row = 0; row < 3; row++) {
                SamplerSettings settings = SamplerSettings.of(1, row == 2 ? 1 - 1e-12 : 0.6);
                requests.add(new SampleRequest(settings, NOTHING, 1, 2, row));
            }
            Arrays.fill(logits, 0, vocabulary, 1.5f);
            for (int i = vocabulary; i < 2 * vocabulary; i++) {
                logits[i] *= 1e6f;
            }
            compare(rig, DType.F32, logits, requests, vocabulary);
        }
    }

    @Test
    void aVocabularyOfOneTokenHasThatToken() {
        try (KernelRig rig = new KernelRig()) {
            List<SampleRequest> requests = new ArrayList<>();
            for (SamplerSettings settings : settings()) {
                requests.add(new SampleRequest(settings, NOTHING, 1, 2, requests.size()));
            }
            compare(rig, DType.F32, rig.normal(requests.size()), requests, 1);
        }
    }

    @Test
    void equalProbabilitiesAreDroppedFromTheFirstTokenOn() {
        int vocabulary = 64;
        try (KernelRig rig = new KernelRig()) {
            List<SampleRequest> requests = new ArrayList<>();
            for (int index = 0; index < 40; index++) {
                requests.add(new SampleRequest(SamplerSettings.of(1, 0.25), NOTHING, 3, 4, index));
            }
            float[] logits = new float[requests.size() * vocabulary];
            compare(rig, DType.F32, logits, requests, vocabulary);
        }
    }

    @Test
    void forbiddenTokensAreNeverChosen() {
        int vocabulary = 33;
        try (KernelRig rig = new KernelRig()) {
            List<SampleRequest> requests = new ArrayList<>();
            for (SamplerSettings settings : settings()) {
                int[] history = {1, 2, 3, 1, 2};
                requests.add(new SampleRequest(settings, history, new int[] {0, 3, 7, 32}, 1, 2, requests.size()));
            }
            float[] logits = rig.normal((long) requests.size() * vocabulary);
            for (int row = 0; row < requests.size(); row++) {
                logits[row * vocabulary + 7] = 20;
            }
            compare(rig, DType.F32, logits, requests, vocabulary);
        }
    }

    @Test
    void whatLeavesNothingToChooseIsReported() {
        int vocabulary = 70;
        try (KernelRig rig = new KernelRig()) {
            float[] logits = rig.normal(4L * vocabulary);
            logits[65] = Float.NaN;
            logits[vocabulary + 2] = Float.NaN;
            Arrays.fill(logits, 2 * vocabulary, 3 * vocabulary, Float.NEGATIVE_INFINITY);
            // one infinite logit leaves no difference that is a number
            logits[3 * vocabulary + 1] = Float.POSITIVE_INFINITY;
            List<SampleRequest> requests = List.of(
                    new SampleRequest(SamplerSettings.GREEDY, NOTHING, 1, 2, 3),
                    new SampleRequest(SamplerSettings.of(1, 0.9), NOTHING, 1, 2, 3),
                    new SampleRequest(SamplerSettings.OFF, NOTHING, 1, 2, 3),
                    new SampleRequest(SamplerSettings.OFF, NOTHING, 1, 2, 3));
            int none = Op.SampleTokens.NO_TOKEN;
            Sampled sampled = sample(rig, DType.F32, logits, rig.sampling(requests, 1), vocabulary);
            Assertions.assertArrayEquals(new int[] {none, none, none, none}, sampled.tokens());
            Assertions.assertArrayEquals(new int[4], sampled.lengths());
        }
    }
}
