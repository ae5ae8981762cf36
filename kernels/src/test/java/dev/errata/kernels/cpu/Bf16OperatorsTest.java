package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.Activation;
import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.Scope;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.check.OperatorCase;
import dev.errata.tensor.check.OperatorCase.Inputs;
import dev.errata.tensor.reference.ReferenceBackend;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Where operators on BF16 tensors round between their steps: it shows in the results. That the CPU backend rounds at the
 * same steps as the reference is seen by the table of operators.
 */
class Bf16OperatorsTest {
    private static final int[] LENGTHS = {0, 1, 15, 16, 17, 33, 1000, 16385};

    private interface Build {
        Op apply(Inputs in, DType dtype);
    }

    private static Map<String, Build> cases() {
        Map<String, Build> cases = new LinkedHashMap<>();
        cases.put(
                "norm",
                (in, dtype) -> new Op.RmsNorm(
                        given(in, dtype, 23, 40), given(in, dtype, 40), 1e-5f, made(in, dtype, 23, 40), in.normal(23)));
        for (Activation activation : Activation.values()) {
            cases.put(
                    activation.name(),
                    (in, dtype) -> new Op.GatedActivation(
                            given(in, dtype, 23, 40), given(in, dtype, 23, 40), activation, made(in, dtype, 23, 40)));
        }
        cases.put("soft cap", (in, dtype) -> new Op.SoftCap(given(in, dtype, 23, 40), 3, made(in, dtype, 23, 40)));
        cases.put("rope", (in, dtype) -> {
            Tensor x = in.compared(given(in, dtype, 9, 3L * 34));
            return new Op.Rope(x, given(in, dtype, 11, 17), given(in, dtype, 11, 17), in.ids(11, 9), 34, false);
        });
        cases.put("attention", (in, dtype) -> {
            Tensor q = given(in, dtype, 77, 4L * 34);
            Tensor k = given(in, dtype, 77, 2L * 34);
            Tensor v = given(in, dtype, 77, 2L * 34);
            Segments segments = in.segments(SegmentBounds.packed(1, 5, 71));
            Tensor lse = in.in(DType.F32).normal(77, 4);
            return new Op.Attention(q, k, v, segments, 34, 0.17f, 13, made(in, dtype, 77, 4L * 34), lse);
        });
        return cases;
    }

    /** The same bf16 values in a tensor of either type. */
    private static Tensor given(Inputs in, DType dtype, long... dims) {
        Tensor narrow = in.in(DType.BF16).normal(dims);
        Tensor tensor = in.in(dtype).normal(dims);
        in.also(new Op.Copy(narrow, tensor));
        in.in(DType.F32);
        return tensor;
    }

    private static Tensor made(Inputs in, DType dtype, long... dims) {
        Tensor tensor = in.in(dtype).output(dims);
        in.in(DType.F32);
        return tensor;
    }

    @Test
    void stepsBetweenAreRoundedToo() {
        try (ReferenceBackend reference = new ReferenceBackend();
                CpuBackend cpu = new CpuBackend(2)) {
            cases().forEach((name, build) -> {
                for (Backend backend : List.of(reference, cpu)) {
                    double[] narrow = run(build, DType.BF16, backend);
                    double[] once = run(build, DType.F32, backend);
                    int moved = 0;
                    for (int i = 0; i < narrow.length; i++) {
                        double rounded = Rounding.bf16((float) once[i]);
                        moved += narrow[i] == rounded ? 0 : 1;
                        assertThat(Math.abs(narrow[i] - once[i]))
                                .as(name)
                                .isLessThanOrEqualTo(0x1p-6 * Math.max(1, Math.abs(once[i])));
                    }
                    assertThat(moved).as(name + ", by rounding within").isPositive();
                }
            });
        }
    }

    private static double[] run(Build build, DType dtype, Backend backend) {
        return new OperatorCase("bf16", 0, in -> build.apply(in, dtype))
                .run(backend)
                .getFirst()
                .values();
    }

    @Test
    void roundsEveryKindOfFloatAsThePlainFormDoes() {
        Random random = new Random(5);
        try (CpuBackend cpu = new CpuBackend(2)) {
            for (int length : LENGTHS) {
                float[] values = new float[length];
                for (int i = 0; i < length; i++) {
                    values[i] = Float.intBitsToFloat(i % 3 == 0 ? special(random) : random.nextInt());
                }
                short[] rounded = new short[length];
                try (Scope scope = new Scope("round", cpu)) {
                    Tensor x = scope.floats("x", values, length);
                    Tensor narrow = scope.allocate("narrow", DType.BF16, length);
                    cpu.run(new Op.Copy(x, narrow));
                    cpu.download(narrow, MemorySegment.ofArray(rounded));
                }
                for (int i = 0; i < length; i++) {
                    assertThat(rounded[i])
                            .as("%x of %d", Float.floatToRawIntBits(values[i]), length)
                            .isEqualTo(Rounding.bf16Bits(values[i]));
                }
            }
        }
    }

    /** Bits of infinities, NaNs, zeros, ties and their neighbours, of either sign. */
    private static int special(Random random) {
        int upper = new int[] {0x0000, 0x3F80, 0x3F81, 0x7F7F, 0x7F80, 0x7FFF}[random.nextInt(6)];
        int lower = new int[] {0x0000, 0x0001, 0x7FFF, 0x8000, 0x8001, 0xFFFF}[random.nextInt(6)];
        return (random.nextBoolean() ? 0x8000_0000 : 0) | upper << 16 | lower;
    }
}
