package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.KernelRig.STREAM;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Row lengths of the warp entries, of the block entries, ragged ones, and longer than a block's registers hold. */
class NormKernelsTest {
    private static final double ROUNDINGS = 1e-6;
    private static final double SUMS = 1e-5;

    @ParameterizedTest
    @CsvSource({
        "0, 8, 0",
        "1, 1, 0",
        "3, 17, 1",
        "9, 64, 0",
        "9, 64, 1",
        "5, 128, 0",
        "2, 513, 0",
        "3, 1024, 1",
        "2, 4096, 0",
        "1, 17000, 1"
    })
    void normsFollowTheReference(int rows, int columns, float offset) {
        try (KernelRig rig = new KernelRig()) {
            NormKernels kernels = new NormKernels(rig.library);
            long n = (long) rows * columns;
            float[] x = rig.normal(n);
            float[] weight = rig.normal(columns);
            Tensor out = rig.tensor(rig.normal(n), rows, columns);
            Tensor rstd = rig.tensor(rig.normal(rows), rows);
            rig.expect(new Op.RmsNorm(
                    rig.tensor(x, rows, columns), rig.tensor(weight, columns), offset, 1e-5f, out, rstd));
            long dx = rig.device(x);
            long w = rig.device(weight);
            long normed = rig.room(n * 4);
            long lengths = rig.room(rows * 4L);
            kernels.forward(Precision.F32, dx, w, offset, 1e-5f, normed, lengths, rows, columns, STREAM);
            KernelRig.assertClose("rstd", rig.floats(rstd), rig.floats(lengths, rows), ROUNDINGS);
            KernelRig.assertClose("norm", rig.floats(out), rig.floats(normed, n), ROUNDINGS);

            float[] dOut = rig.normal(n);
            float[] dXBefore = rig.normal(n);
            float[] dWeightBefore = rig.normal(columns);
            Tensor dX = rig.tensor(dXBefore, rows, columns);
            Tensor dWeight = rig.tensor(dWeightBefore, columns);
            rig.expect(new Op.RmsNormBackward(
                    rig.tensor(x, rows, columns),
                    rig.tensor(weight, columns),
                    offset,
                    rstd,
                    rig.tensor(dOut, rows, columns),
                    dX,
                    true,
                    dWeight));
            long gradient = rig.device(dXBefore);
            long weightGradient = rig.device(dWeightBefore);
            long partial = rig.room(ColumnKernels.partialBytes(rows, columns));
            long d = rig.device(dOut);
            kernels.backwardWeight(Precision.F32, dx, lengths, d, partial, weightGradient, rows, columns, STREAM);
            kernels.backward(Precision.F32, dx, w, offset, lengths, d, gradient, true, rows, columns, STREAM);
            KernelRig.assertClose("dX", rig.floats(dX), rig.floats(gradient, n), SUMS);
            KernelRig.assertClose("dWeight", rig.floats(dWeight), rig.floats(weightGradient, columns), SUMS);

            Tensor anew = rig.tensor(dXBefore, rows, columns);
            rig.expect(new Op.RmsNormBackward(
                    rig.tensor(x, rows, columns),
                    rig.tensor(weight, columns),
                    offset,
                    rstd,
                    rig.tensor(dOut, rows, columns),
                    anew,
                    false,
                    null));
            kernels.backward(Precision.F32, dx, w, offset, lengths, d, d, false, rows, columns, STREAM);
            KernelRig.assertClose("dX over dOut", rig.floats(anew), rig.floats(d, n), SUMS);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1, 0", "3, 17, 0", "3, 17, 1", "9, 64, 0", "2, 1032, 1", "2, 4096, 0", "1, 9000, 0"})
    void bf16RoundsAfterEachStep(int rows, int columns, float offset) {
        try (KernelRig rig = new KernelRig()) {
            NormKernels kernels = new NormKernels(rig.library);
            long n = (long) rows * columns;
            float[] x = KernelRig.rounded(rig.normal(n), DType.BF16);
            float[] weight = KernelRig.rounded(rig.normal(columns), DType.BF16);
            Tensor out = rig.tensor(DType.BF16, rig.normal(n), rows, columns);
            Tensor rstd = rig.tensor(rig.normal(rows), rows);
            rig.expect(new Op.RmsNorm(
                    rig.tensor(DType.BF16, x, rows, columns),
                    rig.tensor(DType.BF16, weight, columns),
                    offset,
                    1e-5f,
                    out,
                    rstd));
            long lengths = rig.room(rows * 4L);
            long rounded = rig.room(n * 4);
            long narrow = rig.room(n * 2);
            kernels.forward(
                    Precision.ROUND,
                    rig.device(x),
                    rig.device(weight),
                    offset,
                    1e-5f,
                    rounded,
                    lengths,
                    rows,
                    columns,
                    STREAM);
            KernelRig.assertWithinBf16Step("rounded", rig.floats(out), rig.floats(rounded, n));
            long dx = rig.device(DType.BF16, x);
            long w = rig.device(DType.BF16, weight);
            kernels.forward(Precision.BF16, dx, w, offset, 1e-5f, narrow, lengths, rows, columns, STREAM);
            KernelRig.assertWithinBf16Step("bf16 memory", rig.floats(out), rig.floats(DType.BF16, narrow, n));

            float[] dOut = KernelRig.rounded(rig.normal(n), DType.BF16);
            Tensor dX = rig.tensor(rig.normal(n), rows, columns);
            Tensor dWeight = rig.tensor(new float[columns], columns);
            rig.expect(new Op.RmsNormBackward(
                    rig.tensor(x, rows, columns),
                    rig.tensor(weight, columns),
                    offset,
                    rstd,
                    rig.tensor(dOut, rows, columns),
                    dX,
                    false,
                    dWeight));
            long d = rig.device(DType.BF16, dOut);
            long partial = rig.room(ColumnKernels.partialBytes(rows, columns));
            long weightGradient = rig.device(new float[columns]);
            kernels.backwardWeight(Precision.BF16, dx, lengths, d, partial, weightGradient, rows, columns, STREAM);
            kernels.backward(Precision.BF16, dx, w, offset, lengths, d, d, false, rows, columns, STREAM);
            KernelRig.assertClose("dX", rig.floats(dX), rig.floats(DType.BF16, d, n), 0x1p-8);
            KernelRig.assertClose("dWeight", rig.floats(dWeight), rig.floats(weightGradient, columns), SUMS);
        }
    }

    @ParameterizedTest
    @CsvSource({"3, 17, F32", "3, 17, ROUND", "2, 64, BF16", "2, 1032, BF16", "2, 2048, F32", "1, 17000, ROUND"})
    void theResidualSumIsTheSumAndThenTheNorm(int rows, int columns, Precision precision) {
        try (KernelRig rig = new KernelRig()) {
            NormKernels kernels = new NormKernels(rig.library);
            ElementwiseKernels elementwise = new ElementwiseKernels(rig.library);
            long n = (long) rows * columns;
            DType dtype = precision.dtype();
            DType values = precision == Precision.F32 ? DType.F32 : DType.BF16;
            float[] x = KernelRig.rounded(rig.normal(n), values);
            float[] residual = KernelRig.rounded(rig.normal(n), values);
            long w = rig.device(dtype, KernelRig.rounded(rig.normal(columns), values));
            long dx = rig.device(dtype, x);
            long dr = rig.device(dtype, residual);
            long sum = rig.room(n * dtype.bytes());
            long normed = rig.room(n * dtype.bytes());
            long lengths = rig.room(rows * 4L);
            elementwise.add(precision, dx, dr, sum, n, STREAM);
            kernels.forward(precision, sum, w, 0, 1e-5f, normed, lengths, rows, columns, STREAM);

            long fused = rig.room(n * dtype.bytes());
            long fusedLengths = rig.room(rows * 4L);
            kernels.addForward(precision, dx, dr, dx, w, 0, 1e-5f, fused, fusedLengths, rows, columns, STREAM);
            KernelRig.assertClose("sum over x", rig.floats(dtype, sum, n), rig.floats(dtype, dx, n), 0);
            KernelRig.assertClose("norm", rig.floats(dtype, normed, n), rig.floats(dtype, fused, n), 0);
            KernelRig.assertClose("rstd", rig.floats(lengths, rows), rig.floats(fusedLengths, rows), 0);
        }
    }

    @Test
    void aRowHasTheSameBitsAmongOthersAndAlone() {
        int columns = 1000;
        try (KernelRig rig = new KernelRig()) {
            NormKernels kernels = new NormKernels(rig.library);
            long x = rig.device(rig.normal(7L * columns));
            long w = rig.device(rig.normal(columns));
            long all = rig.room(7L * columns * 4);
            long one = rig.room(columns * 4L);
            long lengths = rig.room(7 * 4);
            kernels.forward(Precision.F32, x, w, 0, 1e-5f, all, lengths, 7, columns, STREAM);
            kernels.forward(Precision.F32, x + 5L * columns * 4, w, 0, 1e-5f, one, lengths, 1, columns, STREAM);
            float[] among = Arrays.copyOfRange(rig.floats(all, 7L * columns), 5 * columns, 6 * columns);
            Assertions.assertArrayEquals(among, rig.floats(one, columns));
        }
    }
}
