package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.KernelRig.STREAM;

import dev.errata.tensor.Activation;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Sizes: nothing, one, less than a warp, ragged, and more than one block with a ragged last. */
class ElementwiseKernelsTest {
    private static final double EXPONENTIALS = 1e-6;

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 1000, 9001})
    void sumsScalesAndRoundingsHaveTheReferencesBits(int n) {
        try (KernelRig rig = new KernelRig()) {
            ElementwiseKernels kernels = new ElementwiseKernels(rig.library);
            float[] a = rig.normal(n);
            float[] b = rig.normal(n);
            long da = rig.device(a);
            long db = rig.device(b);
            long out = rig.room(n * 4L);
            Tensor expected = rig.tensor(rig.normal(n), n);

            rig.expect(new Op.Add(rig.tensor(a, n), rig.tensor(b, n), expected));
            kernels.add(Precision.F32, da, db, out, n, STREAM);
            KernelRig.assertClose("sum", rig.floats(expected), rig.floats(out, n), 0);

            expected = rig.tensor(KernelRig.rounded(rig.floats(expected), DType.BF16), n);
            kernels.add(Precision.ROUND, da, db, out, n, STREAM);
            KernelRig.assertClose("rounded sum", rig.floats(expected), rig.floats(out, n), 0);

            rig.expect(new Op.Scale(expected, 0.3f));
            kernels.scale(Precision.F32, out, 0.3f, n, STREAM);
            KernelRig.assertClose("scaled", rig.floats(expected), rig.floats(out, n), 0);

            expected = rig.tensor(KernelRig.rounded(rig.floats(expected), DType.BF16), n);
            kernels.round(out, out, n, STREAM);
            KernelRig.assertClose("rounded in place", rig.floats(expected), rig.floats(out, n), 0);

            kernels.fill(Precision.F32, out, -2.5f, n, STREAM);
            rig.expect(new Op.Fill(expected, -2.5f));
            KernelRig.assertClose("filled", rig.floats(expected), rig.floats(out, n), 0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 1000, 9001})
    void bf16MemoryHoldsTheRoundedResults(int n) {
        try (KernelRig rig = new KernelRig()) {
            ElementwiseKernels kernels = new ElementwiseKernels(rig.library);
            float[] a = KernelRig.rounded(rig.normal(n), DType.BF16);
            float[] b = KernelRig.rounded(rig.normal(n), DType.BF16);
            long da = rig.device(DType.BF16, a);
            long db = rig.device(DType.BF16, b);
            long out = rig.room(n * 2L);
            Tensor expected = rig.tensor(rig.normal(n), n);

            rig.expect(new Op.Add(rig.tensor(a, n), rig.tensor(b, n), expected));
            kernels.add(Precision.BF16, da, db, out, n, STREAM);
            float[] sum = KernelRig.rounded(rig.floats(expected), DType.BF16);
            KernelRig.assertClose("sum", sum, rig.floats(DType.BF16, out, n), 0);

            kernels.scale(Precision.BF16, out, 3, n, STREAM);
            Tensor scaled = rig.tensor(sum, n);
            rig.expect(new Op.Scale(scaled, 3));
            float[] product = KernelRig.rounded(rig.floats(scaled), DType.BF16);
            KernelRig.assertClose("scaled", product, rig.floats(DType.BF16, out, n), 0);

            kernels.fill(Precision.BF16, out, 1.5f, n, STREAM);
            rig.expect(new Op.Fill(expected, 1.5f));
            KernelRig.assertClose("filled", rig.floats(expected), rig.floats(DType.BF16, out, n), 0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 31, 4096, 8211})
    void castsRoundOnceToTheNearest(int n) {
        DType[] types = {DType.F32, DType.BF16, DType.F16};
        try (KernelRig rig = new KernelRig()) {
            ElementwiseKernels kernels = new ElementwiseKernels(rig.library);
            float[] x = rig.normal(n);
            x[0] = 70000; // beyond f16
            for (DType from : types) {
                for (DType to : types) {
                    if (from != to) {
                        long out = rig.room((long) n * to.bytes());
                        kernels.cast(from, to, rig.device(from, x), out, n, STREAM);
                        float[] expected = KernelRig.rounded(KernelRig.rounded(x, from), to);
                        KernelRig.assertClose(from + " to " + to, expected, rig.floats(to, out, n), 0);
                    }
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"SILU, 0", "SILU, 1", "SILU, 31", "SILU, 9001", "GELU_TANH, 1", "GELU_TANH, 1000", "GELU_TANH, 9001"})
    void gatesAndTheirGradientsFollowTheReference(Activation activation, int n) {
        try (KernelRig rig = new KernelRig()) {
            ElementwiseKernels kernels = new ElementwiseKernels(rig.library);
            float[] gate = rig.normal(n);
            float[] up = rig.normal(n);
            float[] dOut = rig.normal(n);
            if (n > 30) {
                gate[0] = -200; // e²⁰⁰ is infinite
                gate[1] = 200;
                gate[2] = -88.5f;
            }
            long dGateOut = rig.room(n * 4L);
            long dUpOut = rig.room(n * 4L);
            Tensor out = rig.tensor(rig.normal(n), n);
            Tensor dGate = rig.tensor(rig.normal(n), n);
            Tensor dUp = rig.tensor(rig.normal(n), n);

            rig.expect(new Op.GatedActivation(rig.tensor(gate, n), rig.tensor(up, n), activation, out));
            kernels.gated(activation, Precision.F32, rig.device(gate), rig.device(up), dUpOut, n, STREAM);
            KernelRig.assertClose("gated", rig.floats(out), rig.floats(dUpOut, n), EXPONENTIALS);

            rig.expect(new Op.GatedActivationBackward(
                    rig.tensor(gate, n), rig.tensor(up, n), activation, rig.tensor(dOut, n), dGate, dUp));
            kernels.gatedBackward(
                    activation,
                    Precision.F32,
                    rig.device(gate),
                    rig.device(up),
                    rig.device(dOut),
                    dGateOut,
                    dUpOut,
                    n,
                    STREAM);
            KernelRig.assertClose("dGate", rig.floats(dGate), rig.floats(dGateOut, n), EXPONENTIALS);
            KernelRig.assertClose("dUp", rig.floats(dUp), rig.floats(dUpOut, n), EXPONENTIALS);
        }
    }

    @ParameterizedTest
    @CsvSource({"SILU, 1", "SILU, 31", "SILU, 8200", "GELU_TANH, 31", "GELU_TANH, 8200"})
    void gatesInBf16RoundTheActivationFirst(Activation activation, int n) {
        try (KernelRig rig = new KernelRig()) {
            ElementwiseKernels kernels = new ElementwiseKernels(rig.library);
            float[] gate = KernelRig.rounded(rig.normal(n), DType.BF16);
            float[] up = KernelRig.rounded(rig.normal(n), DType.BF16);
            float[] dOut = KernelRig.rounded(rig.normal(n), DType.BF16);
            Tensor expected = rig.tensor(DType.BF16, rig.normal(n), n);
            rig.expect(new Op.GatedActivation(
                    rig.tensor(DType.BF16, gate, n), rig.tensor(DType.BF16, up, n), activation, expected));
            long rounded = rig.room(n * 4L);
            long narrow = rig.room(n * 2L);
            kernels.gated(activation, Precision.ROUND, rig.device(gate), rig.device(up), rounded, n, STREAM);
            kernels.gated(
                    activation,
                    Precision.BF16,
                    rig.device(DType.BF16, gate),
                    rig.device(DType.BF16, up),
                    narrow,
                    n,
                    STREAM);
            float[] inF32 = rig.floats(rounded, n);
            KernelRig.assertWithinBf16Step("rounded", rig.floats(expected), inF32);
            KernelRig.assertClose("bf16 memory", inF32, rig.floats(DType.BF16, narrow, n), 0);

            long g = rig.device(DType.BF16, gate);
            long u = rig.device(DType.BF16, up);
            long d = rig.device(DType.BF16, dOut);
            Tensor dGate = rig.tensor(rig.normal(n), n);
            Tensor dUp = rig.tensor(rig.normal(n), n);
            rig.expect(new Op.GatedActivationBackward(
                    rig.tensor(gate, n), rig.tensor(up, n), activation, rig.tensor(dOut, n), dGate, dUp));
            kernels.gatedBackward(activation, Precision.BF16, g, u, d, g, u, n, STREAM);
            KernelRig.assertWithinBf16Step("dGate over gate", rig.floats(dGate), rig.floats(DType.BF16, g, n));
            KernelRig.assertWithinBf16Step("dUp over up", rig.floats(dUp), rig.floats(DType.BF16, u, n));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 1000, 9001})
    void softCapsFollowTheReference(int n) {
        float cap = 1.5f;
        try (KernelRig rig = new KernelRig()) {
            ElementwiseKernels kernels = new ElementwiseKernels(rig.library);
            float[] x = rig.normal(n);
            float[] dOut = rig.normal(n);
            if (n > 30) {
                x[0] = -200;
                x[1] = 200;
                x[2] = 1e-6f;
            }
            Tensor out = rig.tensor(rig.normal(n), n);
            Tensor dX = rig.tensor(rig.normal(n), n);
            long at = rig.device(x);
            long d = rig.device(dOut);
            rig.expect(new Op.SoftCap(rig.tensor(x, n), cap, out));
            kernels.softCap(Precision.F32, at, cap, at, n, STREAM);
            KernelRig.assertClose("capped in place", rig.floats(out), rig.floats(at, n), EXPONENTIALS);
            rig.expect(new Op.SoftCapBackward(out, cap, rig.tensor(dOut, n), dX));
            kernels.softCapBackward(Precision.F32, at, cap, d, d, n, STREAM);
            KernelRig.assertClose("dX over dOut", rig.floats(dX), rig.floats(d, n), EXPONENTIALS);

            float[] narrow = KernelRig.rounded(x, DType.BF16);
            Tensor expected = rig.tensor(DType.BF16, narrow, n);
            rig.expect(new Op.SoftCap(expected, cap, expected));
            long rounded = rig.room(n * 4L);
            long stored = rig.room(n * 2L);
            kernels.softCap(Precision.ROUND, rig.device(narrow), cap, rounded, n, STREAM);
            kernels.softCap(Precision.BF16, rig.device(DType.BF16, x), cap, stored, n, STREAM);
            KernelRig.assertWithinBf16Step("rounded", rig.floats(expected), rig.floats(rounded, n));
            KernelRig.assertClose("bf16 memory", rig.floats(rounded, n), rig.floats(DType.BF16, stored, n), 0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 1000, 9001})
    void dropoutDrawsTheCpusMask(int n) {
        try (KernelRig rig = new KernelRig()) {
            ElementwiseKernels kernels = new ElementwiseKernels(rig.library);
            float[] x = rig.normal(n);
            Tensor expected = rig.tensor(rig.normal(n), n);
            rig.expect(new Op.Dropout(rig.tensor(x, n), expected, 0.3f, -5, 1L << 40));
            long out = rig.room(n * 4L);
            kernels.dropout(Precision.F32, rig.device(x), out, new DropoutMask(0.3f, -5, 1L << 40), n, STREAM);
            KernelRig.assertClose("dropped", rig.floats(expected), rig.floats(out, n), 0);

            float[] narrow = KernelRig.rounded(x, DType.BF16);
            rig.expect(new Op.Dropout(rig.tensor(narrow, n), expected, 0.3f, -5, 1L << 40));
            long inPlace = rig.device(DType.BF16, narrow);
            kernels.dropout(Precision.BF16, inPlace, inPlace, new DropoutMask(0.3f, -5, 1L << 40), n, STREAM);
            float[] rounded = KernelRig.rounded(rig.floats(expected), DType.BF16);
            KernelRig.assertClose("dropped in bf16", rounded, rig.floats(DType.BF16, inPlace, n), 0);
        }
    }

    @Test
    void addressesOffTheirVectorsGiveTheSameValues() {
        int n = 4500;
        try (KernelRig rig = new KernelRig()) {
            ElementwiseKernels kernels = new ElementwiseKernels(rig.library);
            float[] a = rig.normal(n + 1);
            long da = rig.device(a);
            long out = rig.room(n * 4L);
            kernels.add(Precision.F32, da + 4, da, out, n, STREAM);
            float[] expected = new float[n];
            for (int i = 0; i < n; i++) {
                expected[i] = a[i + 1] + a[i];
            }
            KernelRig.assertClose("sum", expected, rig.floats(out, n), 0);
        }
    }

    @Test
    void copiesWholePieces() {
        int n = 5000;
        try (KernelRig rig = new KernelRig()) {
            float[] x = rig.normal(n);
            long out = rig.room(n * 4L);
            new ElementwiseKernels(rig.library).copy(rig.device(x), out, n * 4L, STREAM);
            KernelRig.assertClose("copy", x, rig.floats(out, n), 0);
        }
    }
}
