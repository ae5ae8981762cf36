package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.KernelRig.STREAM;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RowKernelsTest {
    @ParameterizedTest
    @CsvSource({"0, 8", "1, 1", "13, 17", "20, 64", "9, 1030", "3, 4104"})
    void rowsArePickedInEveryPairOfTypes(int count, int columns) {
        int limit = 11;
        DType[] types = {DType.F32, DType.BF16};
        try (KernelRig rig = new KernelRig()) {
            RowKernels kernels = new RowKernels(rig.library);
            float[] x = rig.normal((long) limit * columns);
            int[] rows = rig.ids(limit, count);
            for (DType from : types) {
                for (DType to : types) {
                    float[] stored = KernelRig.rounded(x, from);
                    Tensor expected = rig.tensor(new float[count * columns], count, columns);
                    rig.expect(new Op.GatherRows(rig.tensor(stored, limit, columns), rig.tensor(rows), expected));
                    long out = rig.room((long) count * columns * to.bytes());
                    kernels.gather(from, to, rig.device(from, x), limit, rig.device(rows), out, count, columns, STREAM);
                    KernelRig.assertClose(
                            from + " to " + to,
                            KernelRig.rounded(rig.floats(expected), to),
                            rig.floats(to, out, (long) count * columns),
                            0);
                }
            }
        }
    }

    @Test
    void aRowNumberOutsideMakesItsRowNaN() {
        int columns = 40;
        try (KernelRig rig = new KernelRig()) {
            RowKernels kernels = new RowKernels(rig.library);
            long table = rig.device(rig.normal(3L * columns));
            long out = rig.room(3L * columns * 4);
            kernels.gather(DType.F32, DType.F32, table, 3, rig.device(new int[] {2, 3, -1}), out, 3, columns, STREAM);
            float[] values = rig.floats(out, 3L * columns);
            for (int i = 0; i < values.length; i++) {
                Assertions.assertEquals(i >= columns, Float.isNaN(values[i]), "element " + i);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 8, false", "1, 1, true", "7, 17, false", "11, 64, true"})
    void rowsArePlacedOrAdded(int count, int columns, boolean accumulate) {
        int limit = 11;
        try (KernelRig rig = new KernelRig()) {
            RowKernels kernels = new RowKernels(rig.library);
            for (DType dtype : new DType[] {DType.F32, DType.BF16}) {
                float[] x = KernelRig.rounded(rig.normal((long) count * columns), dtype);
                float[] before = KernelRig.rounded(rig.normal((long) limit * columns), dtype);
                int[] rows = rig.distinct(limit, count);
                Tensor expected = rig.tensor(before, limit, columns);
                rig.expect(new Op.ScatterRows(rig.tensor(x, count, columns), rig.tensor(rows), expected, accumulate));
                long out = rig.device(dtype, before);
                kernels.scatter(
                        dtype, rig.device(dtype, x), rig.device(rows), out, limit, accumulate, count, columns, STREAM);
                KernelRig.assertClose(
                        dtype.name(),
                        KernelRig.rounded(rig.floats(expected), dtype),
                        rig.floats(dtype, out, (long) limit * columns),
                        0);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 8", "1, 1", "31, 17", "300, 33", "700, 8", "20, 1100"})
    void embeddingGradientsAreAddedInTheTokensOrder(int tokens, int columns) {
        int vocabulary = 9;
        try (KernelRig rig = new KernelRig()) {
            RowKernels kernels = new RowKernels(rig.library);
            for (DType dtype : new DType[] {DType.F32, DType.BF16}) {
                float[] dOut = KernelRig.rounded(rig.normal((long) tokens * columns), dtype);
                float[] before = rig.normal((long) vocabulary * columns);
                int[] ids = rig.ids(vocabulary, tokens);
                Tensor expected = rig.tensor(before, vocabulary, columns);
                rig.expect(new Op.EmbeddingBackward(rig.tensor(ids), rig.tensor(dOut, tokens, columns), expected));
                long dTable = rig.device(before);
                kernels.embeddingBackward(
                        dtype, rig.device(ids), rig.device(dtype, dOut), dTable, tokens, vocabulary, columns, STREAM);
                KernelRig.assertClose(
                        dtype.name(), rig.floats(expected), rig.floats(dTable, (long) vocabulary * columns), 0);
            }
        }
    }
}
