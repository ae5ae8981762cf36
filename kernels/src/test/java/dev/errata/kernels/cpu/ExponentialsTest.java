package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.Activation;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** By the Vector API, and by machine code where there is some. */
class ExponentialsTest {
    private static final MachineKernels MACHINE = MachineKernels.open().orElse(null);

    @AfterAll
    static void close() {
        if (MACHINE != null) {
            MACHINE.close();
        }
    }

    private static Exponentials byMachineCode() {
        return MACHINE == null ? Exponentials.ofVectors() : MACHINE.exponentials();
    }

    private static Stream<Exponentials> ways() {
        return Stream.of(Exponentials.ofVectors(), byMachineCode());
    }

    private static float[] exp(Exponentials exponentials, float factor, float shift, float... x) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(4L * (x.length + Lanes.COUNT), 64);
            MemorySegment.copy(x, 0, memory, ValueLayout.JAVA_FLOAT, 0, x.length);
            exponentials.apply(memory.address(), factor, shift, x.length, memory.address());
            return memory.asSlice(0, 4L * x.length).toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    @ParameterizedTest
    @MethodSource("ways")
    void isWithinTwoUlpOverTheWholeRange(Exponentials exponentials) {
        float[] x = new float[400_001];
        for (int i = 0; i < x.length; i++) {
            x[i] = -87.3f + i * (88.7f + 87.3f) / (x.length - 1);
        }
        float[] y = exp(exponentials, 1, 0, x);
        double worst = 0;
        for (int i = 0; i < x.length; i++) {
            double exact = Math.exp(x[i]);
            worst = Math.max(worst, Math.abs(y[i] - exact) / Math.ulp((float) exact));
        }
        assertThat(worst).isLessThanOrEqualTo(2);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void keepsTheLimits(Exponentials exponentials) {
        float[] y = exp(
                exponentials,
                1,
                0,
                Float.NEGATIVE_INFINITY,
                -1e30f,
                -88f,
                0f,
                -0f,
                88.8f,
                1e30f,
                Float.POSITIVE_INFINITY,
                Float.NaN,
                -Float.MIN_VALUE);
        assertThat(y)
                .containsExactly(
                        0f,
                        0f,
                        0f,
                        1f,
                        1f,
                        Float.POSITIVE_INFINITY,
                        Float.POSITIVE_INFINITY,
                        Float.POSITIVE_INFINITY,
                        Float.NaN,
                        1f);
    }

    /** Of any bits, in any number, also where they lie; NaN may be another one. */
    @Test
    void machineCodeHasTheVectorApisBits() {
        Exponentials machineCode = byMachineCode();
        Random random = new Random(3);
        for (int count = 0; count < 200; count++) {
            float[] x = new float[count];
            for (int i = 0; i < count; i++) {
                x[i] = random.nextBoolean()
                        ? Float.intBitsToFloat(random.nextInt())
                        : (float) random.nextGaussian() * 60;
            }
            float factor = count % 3 == 0 ? -1 : (float) random.nextGaussian();
            float shift = count % 2 == 0 ? 0 : (float) random.nextGaussian() * 30;
            assertThat(exp(machineCode, factor, shift, x))
                    .as("%s values", count)
                    .isEqualTo(exp(Exponentials.ofVectors(), factor, shift, x));
        }
        float[] edges = {-87.3365f, Math.nextDown(-87.3365f), Math.nextUp(-87.3365f), 0x1.62e42ep6f, 0x1.62e43p6f, -0f};
        assertThat(exp(machineCode, 1, 0, edges)).isEqualTo(exp(Exponentials.ofVectors(), 1, 0, edges));
    }

    private static float[] gated(Exponentials exponentials, float[] gate, float[] up) {
        try (Arena arena = Arena.ofConfined()) {
            long bytes = 4L * (gate.length + Lanes.COUNT);
            MemorySegment x = arena.allocate(bytes, 64);
            MemorySegment y = arena.allocate(bytes, 64);
            MemorySegment room = arena.allocate(bytes, 64);
            MemorySegment.copy(gate, 0, x, ValueLayout.JAVA_FLOAT, 0, gate.length);
            MemorySegment.copy(up, 0, y, ValueLayout.JAVA_FLOAT, 0, up.length);
            long out = gate.length % 2 == 0 ? x.address() : y.address();
            GatedMath.gated(Activation.SILU, x.address(), y.address(), gate.length, room.address(), exponentials, out);
            return (gate.length % 2 == 0 ? x : y).asSlice(0, 4L * gate.length).toArray(ValueLayout.JAVA_FLOAT);
        }
    }

    /** Also where gates or the others lie. */
    @Test
    void gatedRowsByMachineCodeHaveTheVectorApisBits() {
        Exponentials machineCode = byMachineCode();
        Random random = new Random(4);
        for (int count = 0; count < 200; count++) {
            float[] gate = new float[count];
            float[] up = new float[count];
            for (int i = 0; i < count; i++) {
                gate[i] = (float) random.nextGaussian() * (random.nextInt(9) == 0 ? 100 : 4);
                up[i] = (float) random.nextGaussian();
            }
            assertThat(gated(machineCode, gate, up))
                    .as("%s values", count)
                    .isEqualTo(gated(Exponentials.ofVectors(), gate, up));
        }
    }
}
