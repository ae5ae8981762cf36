package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.Activation;
import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.Scope;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.check.OperatorCase;
import dev.errata.tensor.check.OperatorCase.Inputs;
import dev.errata.tensor.reference.ReferenceBackend;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/**
 * Operators that round within, fast against plain. An f32 step that differs by an ulp moves a value over the edge between
 * two bf16 once in some thousand times; so nearly all elements agree in every bit, and the others are neighbours.
 */
class Bf16OperatorsTest {
    private static final int[] LENGTHS = {0, 1, 15, 16, 17, 33, 1000, 16385};

    private interface Build {
        Op apply(Inputs in, boolean bf16);
    }

    /** @param within whether more than the result is rounded */
    private record Case(String name, boolean within, Build build) {
        Case(String name, Build build) {
            this(name, true, build);
        }
    }

    private static List<Case> cases() {
        List<Case> cases = new ArrayList<>();
        for (int c : new int[] {3, 7, 16, 40, 100}) {
            cases.add(new Case(
                    "norm of " + c,
                    (in, bf16) -> new Op.RmsNorm(
                            bf16(in, 23, c), bf16(in, c), 0, 1e-5f, bf16, in.output(23, c), in.normal(23))));
            cases.add(new Case(
                    "norm with an offset of " + c,
                    false,
                    (in, bf16) -> new Op.RmsNorm(
                            bf16(in, 23, c), bf16(in, c), 1, 1e-5f, bf16, in.output(23, c), in.normal(23))));
            for (Activation activation : Activation.values()) {
                cases.add(new Case(
                        activation + " gate of " + c,
                        (in, bf16) -> new Op.GatedActivation(
                                bf16(in, 23, c), bf16(in, 23, c), activation, bf16, in.output(23, c))));
            }
            cases.add(new Case(
                    "soft cap of " + c, (in, bf16) -> new Op.SoftCap(bf16(in, 23, c), 1.5f, bf16, in.output(23, c))));
        }
        for (int headDim : new int[] {2, 6, 34, 64}) {
            for (boolean inverse : new boolean[] {false, true}) {
                cases.add(new Case("rope of " + headDim, (in, bf16) -> {
                    Tensor x = in.compared(bf16(in, 9, 3L * headDim));
                    Tensor cos = bf16(in, 11, headDim / 2);
                    Tensor sin = bf16(in, 11, headDim / 2);
                    return new Op.Rope(x, cos, sin, in.ids(11, 9), headDim, inverse, bf16);
                }));
            }
            cases.add(new Case(
                    "attention of " + headDim,
                    (in, bf16) -> attention(in, headDim, bf16, SegmentBounds.packed(1, 5, 71))));
            SegmentBounds decoding =
                    new SegmentBounds(new int[] {0, 1}, new int[] {1, 1}, new int[] {0, 10}, new int[] {10, 67});
            cases.add(
                    new Case("decoding attention of " + headDim, (in, bf16) -> attention(in, headDim, bf16, decoding)));
        }
        return cases;
    }

    private static Op attention(Inputs in, int headDim, boolean bf16, SegmentBounds segments) {
        Tensor q = bf16(in, 77, 4L * headDim);
        Tensor k = bf16(in, 77, 2L * headDim);
        Tensor v = bf16(in, 77, 2L * headDim);
        float scale = (float) (1 / Math.sqrt(headDim));
        Tensor out = in.output(77, 4L * headDim);
        return new Op.Attention(q, k, v, in.segments(segments), headDim, scale, 13, 0, bf16, out, in.normal(77, 4));
    }

    private static Tensor bf16(Inputs in, long... dims) {
        Tensor narrow = in.in(DType.BF16).normal(dims);
        Tensor tensor = in.in(DType.F32).normal(dims);
        in.also(new Op.Copy(narrow, tensor));
        return tensor;
    }

    @Test
    void fastAndPlainFormsRoundAtTheSameSteps() {
        try (ReferenceBackend reference = new ReferenceBackend();
                CpuBackend cpu = new CpuBackend(2)) {
            for (Case each : cases()) {
                double[] plain = run(each, true, reference);
                double[] fast = run(each, true, cpu);
                double[] exact = run(each, false, reference);
                int differing = 0;
                int moved = 0;
                for (int i = 0; i < plain.length; i++) {
                    double gap = Math.abs(Rounding.bf16((float) plain[i]) - Rounding.bf16((float) fast[i]));
                    differing += gap == 0 ? 0 : 1;
                    moved += Rounding.bf16((float) plain[i]) == Rounding.bf16((float) exact[i]) ? 0 : 1;
                    assertThat(gap).as(each.name()).isLessThanOrEqualTo(0x1p-7 * Math.max(1, Math.abs(plain[i])));
                }
                assertThat(differing).as(each.name()).isLessThanOrEqualTo(2 + plain.length / 200);
                assertThat(moved > 0).as(each.name() + " rounds within").isEqualTo(each.within());
            }
        }
    }

    private static double[] run(Case each, boolean bf16, Backend backend) {
        return new OperatorCase(each.name(), 0, in -> each.build().apply(in, bf16))
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
