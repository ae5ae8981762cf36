package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.KernelRig.STREAM;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowNormKernelsTest {
    private static final double SUMS = 1e-5;

    @ParameterizedTest
    @CsvSource({"1, 1, 1", "0, 8, 4", "7, 64, 3", "17, 300, 8", "33, 100, 64"})
    void lengthsOfRowsWithALowRankAdditionFollowTheReference(int out, int in, int rank) {
        try (KernelRig rig = new KernelRig()) {
            RowNormKernels kernels = new RowNormKernels(rig.library);
            float[] a = rig.normal((long) rank * in);
            float[] b = rig.normal((long) out * rank);
            long da = rig.device(a);
            long db = rig.device(b);
            long result = rig.room(out * 4L);
            Tensor expected = rig.tensor(new float[out], out);
            for (DType dtype : new DType[] {DType.F32, DType.BF16}) {
                float[] w = KernelRig.rounded(rig.normal((long) out * in), dtype);
                Weight dense = new Weight.Dense(rig.tensor(w, out, in));
                rig.expect(
                        new Op.LoraRowNorm(dense, rig.tensor(a, rank, in), rig.tensor(b, out, rank), 0.5f, expected));
                kernels.dense(dtype, rig.device(dtype, w), da, db, 0.5f, result, out, in, rank, STREAM);
                KernelRig.assertClose(dtype.name(), rig.floats(expected), rig.floats(result, out), SUMS);
            }
            for (DType dtype : new DType[] {DType.F32, DType.BF16, DType.F16}) {
                FourBitKernelsTest.Twins weight =
                        FourBitKernelsTest.Twins.random(rig, out, in, 64, dtype != DType.F16, dtype);
                rig.expect(new Op.LoraRowNorm(
                        weight.reference(), rig.tensor(a, rank, in), rig.tensor(b, out, rank), 2, expected));
                kernels.fourBit(weight.device(), da, db, 2, result, out, in, rank, STREAM);
                KernelRig.assertClose("4-bit " + dtype, rig.floats(expected), rig.floats(result, out), SUMS);
            }
        }
    }
}
