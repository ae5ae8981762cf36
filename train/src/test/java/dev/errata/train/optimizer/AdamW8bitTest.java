package dev.errata.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.errata.quant.DynamicMap;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.train.Recorded;
import dev.errata.train.config.OptimizerConfig;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Against bitsandbytes' AdamW8bit on its plain backend. */
class AdamW8bitTest {
    private static final int STEPS = 10;
    private static final String[] PARTS = {"state1", "state2", "absmax1", "absmax2"};

    private static OptimizerConfig config(int min8bitSize) {
        return new OptimizerConfig("adamw8bit", 1e-3, 0.9, 0.999, 1e-8, 0.01, 0, false, 256, min8bitSize);
    }

    /** One parameter in training. */
    private record One(Backend backend, Scope scope, Tensor value, Descent optimizer) implements AutoCloseable {
        static One of(String device, float[] init, int min8bitSize) {
            Backend backend = Backends.choose(device, 2);
            Scope scope = new Scope("test", backend);
            OptimizerConfig config = config(min8bitSize);
            FlatTensors values =
                    FlatTensors.taking(Map.of("p", scope.floats("p", init, init.length)), new AdamW8bit(config), scope);
            Descent optimizer = new Descent(config, values, scope, Path.of("none"));
            return new One(backend, scope, values.byName().get("p"), optimizer);
        }

        void step(float[] gradient, int step) {
            backend.upload(
                    MemorySegment.ofArray(gradient),
                    optimizer.parameters().getFirst().gradient());
            optimizer.step(1e-3, 0, step);
        }

        float[] values() {
            float[] values = new float[Math.toIntExact(value.elements())];
            backend.download(value, MemorySegment.ofArray(values));
            return values;
        }

        StateFormat format() {
            return parameter().format();
        }

        Parameter parameter() {
            return optimizer.parameters().getFirst();
        }

        int[] codes(int part) {
            try (Arena arena = Arena.ofConfined()) {
                byte[] bytes = optimizer.states().read(parameter(), part, arena).toArray(ValueLayout.JAVA_BYTE);
                int[] codes = new int[bytes.length];
                Arrays.setAll(codes, i -> bytes[i] & 0xFF);
                return codes;
            }
        }

        float[] absmax(int part) {
            try (Arena arena = Arena.ofConfined()) {
                return optimizer.states().read(parameter(), part, arena).toArray(ValueLayout.JAVA_FLOAT);
            }
        }

        @Override
        public void close() {
            optimizer.close();
            scope.close();
            backend.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu"})
    void makesEachStepFromTheRecordedState(String device) {
        Map<String, float[]> floats = Recorded.floats(Recorded.path("optim/adamw8.safetensors"));
        Map<String, byte[]> bytes = Recorded.bytes(Recorded.path("optim/adamw8.safetensors"));
        try (One one = One.of(device, floats.get("big.init"), 4096)) {
            assertThat(one.format()).isEqualTo(AdamW8bit.FORMAT);
            for (int step = 1; step <= STEPS; step++) {
                if (step > 1) {
                    restore(one, floats, bytes, step - 1);
                }
                one.step(slice(floats.get("big.grads"), step), step);
                assertClose("step " + step, one.values(), slice(floats.get("big.param"), step), 1e-6);
                for (int part = 0; part < 2; part++) {
                    assertThat(off(one.codes(part), slice(bytes.get("big." + PARTS[part]), step)))
                            .as("codes of %s in step %d", PARTS[part], step)
                            .isZero();
                    float[] absmax = slice(floats.get("big.absmax" + (part + 1)), step);
                    assertThat(one.absmax(part + 2)).containsExactly(absmax);
                }
            }
        }
    }

    private static void restore(One one, Map<String, float[]> floats, Map<String, byte[]> bytes, int step) {
        one.backend().upload(MemorySegment.ofArray(slice(floats.get("big.param"), step)), one.value());
        StateStore states = one.optimizer().states();
        states.write(one.parameter(), 0, MemorySegment.ofArray(slice(bytes.get("big.state1"), step)));
        states.write(one.parameter(), 1, MemorySegment.ofArray(slice(bytes.get("big.state2"), step)));
        states.write(one.parameter(), 2, MemorySegment.ofArray(slice(floats.get("big.absmax1"), step)));
        states.write(one.parameter(), 3, MemorySegment.ofArray(slice(floats.get("big.absmax2"), step)));
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu"})
    void staysWithItForTenSteps(String device) {
        Map<String, float[]> floats = Recorded.floats(Recorded.path("optim/adamw8.safetensors"));
        Map<String, byte[]> bytes = Recorded.bytes(Recorded.path("optim/adamw8.safetensors"));
        try (One one = One.of(device, floats.get("big.init"), 4096)) {
            for (int step = 1; step <= STEPS; step++) {
                one.step(slice(floats.get("big.grads"), step), step);
                assertClose("step " + step, one.values(), slice(floats.get("big.param"), step), 5e-5);
                for (int part = 0; part < 2; part++) {
                    byte[] codes = slice(bytes.get("big." + PARTS[part]), step);
                    assertThat(off(one.codes(part), codes)).isLessThanOrEqualTo(codes.length / 100);
                }
            }
        }
    }

    @Test
    void keepsSmallTensorsIn32BitsAndTakesTheLimitFromTheConfig() {
        Map<String, float[]> floats = Recorded.floats(Recorded.path("optim/adamw8.safetensors"));
        Map<String, byte[]> bytes = Recorded.bytes(Recorded.path("optim/adamw8.safetensors"));
        int[] recorded = {1, 5, 10};
        try (One small = One.of("cpu", floats.get("small.init"), 4096);
                One lower = One.of("cpu", floats.get("small.init"), 256)) {
            assertThat(small.format()).isEqualTo(AdamW.FORMAT);
            assertThat(lower.format()).isEqualTo(AdamW8bit.FORMAT);
            for (int step = 1; step <= STEPS; step++) {
                float[] gradient = slice(floats.get("small.grads"), step);
                small.step(gradient, step);
                lower.step(gradient, step);
                int at = Arrays.binarySearch(recorded, step);
                if (at >= 0) {
                    assertClose("min 256", lower.values(), part(floats.get("small_min256.param"), at, 3), 5e-5);
                    byte[] codes = part(bytes.get("small_min256.state2"), at, 3);
                    assertThat(off(lower.codes(1), codes)).isLessThanOrEqualTo(codes.length / 100);
                }
            }
            assertClose("32 bits", small.values(), floats.get("small.param_last"), 1e-6);
        }
    }

    /** bitsandbytes asks {@code p.numel() < min_8bit_size}. */
    @ParameterizedTest
    @CsvSource({"299, false", "300, true", "301, true"})
    void aTensorOfExactlyTheMinimumHas8Bits(int elements, boolean eightBit) {
        try (One one = One.of("cpu", new float[elements], 300)) {
            assertThat(one.format()).isEqualTo(eightBit ? AdamW8bit.FORMAT : AdamW.FORMAT);
        }
    }

    /** Lengths around a block, of one element, and with a last block of one. */
    @ParameterizedTest
    @ValueSource(ints = {0, 1, 255, 256, 257, 1025, 4097})
    void bothBackendsGiveTheSameBitsForAnyLength(int length) {
        float[] init = random(length, 1, 1);
        try (One plain = One.of("reference", init, 0);
                One fast = One.of("cpu", init, 0)) {
            for (int step = 1; step <= 4; step++) {
                float[] gradient = random(length, step + 1, step == 2 ? 1e-20f : 1);
                plain.step(gradient, step);
                fast.step(gradient, step);
            }
            assertThat(fast.values()).containsExactly(plain.values());
            assertThat(fast.codes(0)).containsExactly(plain.codes(0));
            assertThat(fast.codes(1)).containsExactly(plain.codes(1));
            assertThat(fast.absmax(2)).containsExactly(plain.absmax(2));
            assertThat(fast.absmax(3)).containsExactly(plain.absmax(3));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu"})
    void withoutAGradientOnlyWeightDecayActs(String device) {
        float[] init = random(300, 1, 1);
        try (One one = One.of(device, init, 0)) {
            one.step(new float[300], 1);
            float[] values = one.values();
            for (int i = 0; i < init.length; i++) {
                assertThat(values[i]).isEqualTo(init[i] * (float) (1 - 1e-3 * 0.01));
            }
            assertThat(one.codes(0)).containsOnly(127);
            assertThat(one.codes(1)).containsOnly(0);
            // bitsandbytes keeps the absmax of a short block from 0
            assertThat(one.absmax(2)).containsExactly(0, 1e-38f);
        }
    }

    /**
     * As bitsandbytes' plain backend does: the element's parameter is NaN at once, its block's absmax too, and so from
     * the next step on the whole block. The trainer never lets such a gradient come so far.
     */
    @ParameterizedTest
    @CsvSource({"reference, NaN", "cpu, NaN", "reference, Infinity", "cpu, Infinity"})
    void aGradientThatIsNotFiniteSpoilsItsBlockAndNoOther(String device, float wrong) {
        float[] init = random(600, 1, 1);
        float[] gradient = random(600, 2, 1);
        gradient[300] = wrong;
        try (One one = One.of(device, init, 0)) {
            one.step(gradient, 1);
            float[] values = one.values();
            assertThat(values[300]).isNaN();
            assertThat(values[299]).isFinite();
            assertThat(one.absmax(2)[1]).isNotFinite();
            assertThat(one.codes(0)[300]).isEqualTo(255);
            one.step(random(600, 3, 1), 2);
            values = one.values();
            for (int i = 0; i < values.length; i++) {
                assertThat(Float.isNaN(values[i])).as("element %d", i).isEqualTo(i >= 256 && i < 512);
            }
        }
    }

    @Test
    void startsWithTheMapsOfBitsandbytes() {
        assertThat(DynamicMap.SIGNED.codes().value(127)).isZero();
        assertThat(DynamicMap.UNSIGNED.codes().value(0)).isZero();
        try (One one = One.of("cpu", new float[300], 0)) {
            assertThat(one.codes(0)).containsOnly(0);
            assertThat(one.codes(1)).containsOnly(0);
            assertThat(one.absmax(2)).containsExactly(0, 0);
        }
    }

    private static float[] random(int count, long stream, float size) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = size * (float) dev.errata.tensor.Philox.normal(3, stream, i);
        }
        return values;
    }

    private static float[] slice(float[] steps, int step) {
        return part(steps, step - 1, STEPS);
    }

    private static byte[] slice(byte[] steps, int step) {
        return part(steps, step - 1, STEPS);
    }

    private static float[] part(float[] all, int at, int of) {
        int size = all.length / of;
        return Arrays.copyOfRange(all, at * size, (at + 1) * size);
    }

    private static byte[] part(byte[] all, int at, int of) {
        int size = all.length / of;
        return Arrays.copyOfRange(all, at * size, (at + 1) * size);
    }

    private static int off(int[] ours, byte[] theirs) {
        assertThat(ours).hasSize(theirs.length);
        int count = 0;
        for (int i = 0; i < ours.length; i++) {
            count += ours[i] == (theirs[i] & 0xFF) ? 0 : 1;
        }
        return count;
    }

    private static void assertClose(String what, float[] ours, float[] theirs, double tolerance) {
        assertThat(ours).as(what).hasSameSizeAs(theirs);
        for (int i = 0; i < ours.length; i++) {
            assertThat((double) ours[i]).as("%s, element %d", what, i).isCloseTo(theirs[i], within(tolerance));
        }
    }
}
