package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.KernelRig.STREAM;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ColumnKernelsTest {
    private static final double SUMS = 1e-5;

    @ParameterizedTest
    @CsvSource({"0, 8", "1, 1", "3, 17", "33, 128", "130, 301", "300, 64"})
    void biasesAreAddedAndTheirGradientsSummed(int rows, int columns) {
        try (KernelRig rig = new KernelRig()) {
            ColumnKernels kernels = new ColumnKernels(rig.library);
            for (DType dtype : new DType[] {DType.F32, DType.BF16}) {
                Precision precision = dtype == DType.F32 ? Precision.F32 : Precision.BF16;
                float[] x = KernelRig.rounded(rig.normal((long) rows * columns), dtype);
                float[] bias = KernelRig.rounded(rig.normal(columns), dtype);
                float[] before = rig.normal(columns);
                Tensor sum = rig.tensor(x, rows, columns);
                Tensor dBias = rig.tensor(before, columns);
                rig.expect(new Op.AddBiasBackward(sum, dBias));
                rig.expect(new Op.AddBias(sum, rig.tensor(bias, columns)));

                long dx = rig.device(dtype, x);
                long gradient = rig.device(before);
                long partial = rig.room(ColumnKernels.partialBytes(rows, columns));
                kernels.addBiasBackward(precision, dx, partial, gradient, rows, columns, STREAM);
                kernels.addBias(precision, dx, rig.device(dtype, bias), rows, columns, STREAM);
                KernelRig.assertClose("gradient", rig.floats(dBias), rig.floats(gradient, columns), SUMS);
                float[] expected = KernelRig.rounded(rig.floats(sum), dtype);
                KernelRig.assertClose("sum", expected, rig.floats(dtype, dx, (long) rows * columns), 0);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 8, false", "1, 1, true", "3, 17, false", "33, 128, true", "130, 301, false"})
    void columnsAreScaledByMagnitudeOverNorm(int rows, int columns, boolean lessOne) {
        try (KernelRig rig = new KernelRig()) {
            ColumnKernels kernels = new ColumnKernels(rig.library);
            float[] x = rig.normal((long) rows * columns);
            float[] dOut = rig.normal((long) rows * columns);
            float[] magnitude = rig.normal(columns);
            float[] norm = rig.positive(columns);
            float[] dXBefore = rig.normal((long) rows * columns);
            float[] dMagnitudeBefore = rig.normal(columns);
            Tensor out = rig.tensor(rig.normal((long) rows * columns), rows, columns);
            Tensor dX = rig.tensor(dXBefore, rows, columns);
            Tensor dMagnitude = rig.tensor(dMagnitudeBefore, columns);
            Op.ScaleColumns forward = new Op.ScaleColumns(
                    rig.tensor(x, rows, columns),
                    rig.tensor(magnitude, columns),
                    rig.tensor(norm, columns),
                    lessOne,
                    out);
            rig.expect(forward);
            rig.expect(new Op.ScaleColumnsBackward(forward, rig.tensor(dOut, rows, columns), dX, true, dMagnitude));

            long n = (long) rows * columns;
            long dx = rig.device(x);
            long ddOut = rig.device(dOut);
            long m = rig.device(magnitude);
            long lengths = rig.device(norm);
            long result = rig.room(n * 4);
            kernels.scaleColumns(Precision.F32, dx, m, lengths, lessOne, false, result, rows, columns, STREAM);
            KernelRig.assertClose("scaled", rig.floats(out), rig.floats(result, n), 0);

            long gradient = rig.device(dXBefore);
            kernels.scaleColumns(Precision.F32, ddOut, m, lengths, lessOne, true, gradient, rows, columns, STREAM);
            KernelRig.assertClose("dX", rig.floats(dX), rig.floats(gradient, n), 0);

            long partial = rig.room(ColumnKernels.partialBytes(rows, columns));
            long sums = rig.device(dMagnitudeBefore);
            kernels.scaleColumnsBackwardMagnitude(
                    Precision.F32, ddOut, dx, lengths, partial, sums, rows, columns, STREAM);
            KernelRig.assertClose("dMagnitude", rig.floats(dMagnitude), rig.floats(sums, columns), SUMS);

            long narrow = rig.device(DType.BF16, x);
            kernels.scaleColumns(Precision.BF16, narrow, m, lengths, lessOne, false, narrow, rows, columns, STREAM);
            Tensor rounded = rig.tensor(KernelRig.rounded(x, DType.BF16), rows, columns);
            rig.expect(new Op.ScaleColumns(rounded, forward.magnitude(), forward.norm(), lessOne, out));
            float[] expected = KernelRig.rounded(rig.floats(out), DType.BF16);
            KernelRig.assertClose("scaled in bf16", expected, rig.floats(DType.BF16, narrow, n), 0);
        }
    }
}
