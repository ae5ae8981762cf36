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

class LossKernelsTest {
    private static final double ROUNDINGS = 1e-6;

    @ParameterizedTest
    @CsvSource({"0, 8", "1, 1", "3, 17", "2, 1000", "2, 10007", "1, 32000"})
    void lossesAndGradientsFollowTheReference(int rows, int vocabulary) {
        try (KernelRig rig = new KernelRig()) {
            LossKernels kernels = new LossKernels(rig.library);
            long n = (long) rows * vocabulary;
            float[] logits = rig.normal(n);
            if (vocabulary > 5) {
                for (int row = 0; row < rows; row++) {
                    logits[row * vocabulary + 3] = 80 + row; // one that outweighs all others
                    logits[row * vocabulary + 4] = Float.NEGATIVE_INFINITY;
                }
            }
            int[] labels = rig.ids(vocabulary, rows);
            Tensor losses = rig.tensor(rig.normal(rows), rows);
            Tensor gradient = rig.tensor(rig.normal(n), rows, vocabulary);
            rig.expect(new Op.CrossEntropy(
                    rig.tensor(logits, rows, vocabulary), rig.tensor(labels), losses, gradient, 0.25f));
            long in = rig.device(logits);
            long l = rig.device(labels);
            long out = rig.room(rows * 4L);
            kernels.crossEntropy(DType.F32, in, l, out, 0, 0.25f, rows, vocabulary, STREAM);
            KernelRig.assertClose("losses alone", rig.floats(losses), rig.floats(out, rows), ROUNDINGS);
            KernelRig.assertClose("logits stay", logits, rig.floats(in, n), 0);
            kernels.crossEntropy(DType.F32, in, l, out, in, 0.25f, rows, vocabulary, STREAM);
            KernelRig.assertClose("losses", rig.floats(losses), rig.floats(out, rows), ROUNDINGS);
            KernelRig.assertClose("gradient in place", rig.floats(gradient), rig.floats(in, n), ROUNDINGS);
        }
    }

    @ParameterizedTest
    @CsvSource({"1, 1", "3, 17", "2, 1000", "1, 9000", "1, 32000", "1, 40000"})
    void bf16LogitsAreReadAsTheyAre(int rows, int vocabulary) {
        try (KernelRig rig = new KernelRig()) {
            LossKernels kernels = new LossKernels(rig.library);
            long n = (long) rows * vocabulary;
            float[] logits = KernelRig.rounded(rig.normal(n), DType.BF16);
            int[] labels = rig.ids(vocabulary, rows);
            Tensor losses = rig.tensor(rig.normal(rows), rows);
            Tensor gradient = rig.tensor(rig.normal(n), rows, vocabulary);
            rig.expect(new Op.CrossEntropy(
                    rig.tensor(logits, rows, vocabulary), rig.tensor(labels), losses, gradient, 0.25f));
            long in = rig.device(DType.BF16, logits);
            long out = rig.room(rows * 4L);
            kernels.crossEntropy(DType.BF16, in, rig.device(labels), out, in, 0.25f, rows, vocabulary, STREAM);
            KernelRig.assertClose("losses", rig.floats(losses), rig.floats(out, rows), ROUNDINGS);
            KernelRig.assertWithinBf16Step("gradient", rig.floats(gradient), rig.floats(DType.BF16, in, n));
        }
    }

    @Test
    void notANumberAndLabelsOutsideMakeTheirRowsNaNAndNoOthers() {
        int vocabulary = 600;
        try (KernelRig rig = new KernelRig()) {
            float[] logits = rig.normal(3L * vocabulary);
            logits[2 * vocabulary + 599] = Float.NaN;
            long in = rig.device(logits);
            long out = rig.room(3 * 4);
            new LossKernels(rig.library)
                    .crossEntropy(DType.F32, in, rig.device(new int[] {5, -100, 7}), out, in, 1, 3, vocabulary, STREAM);
            float[] losses = rig.floats(out, 3);
            Assertions.assertTrue(Float.isFinite(losses[0]));
            Assertions.assertTrue(Float.isNaN(losses[1]));
            Assertions.assertTrue(Float.isNaN(losses[2]));
            float[] gradient = rig.floats(in, 3L * vocabulary);
            for (int i = 0; i < gradient.length; i++) {
                Assertions.assertEquals(i >= vocabulary, Float.isNaN(gradient[i]), "element " + i);
            }
        }
    }

    @Test
    void aRowHasTheSameBitsAmongOthersAndAlone() {
        int vocabulary = 3000;
        try (KernelRig rig = new KernelRig()) {
            LossKernels kernels = new LossKernels(rig.library);
            float[] logits = rig.normal(3L * vocabulary);
            int[] labels = {7, 8, 9};
            long all = rig.device(logits);
            long one = rig.device(Arrays.copyOfRange(logits, 2 * vocabulary, 3 * vocabulary));
            long losses = rig.room(3 * 4);
            long loss = rig.room(4);
            kernels.crossEntropy(DType.F32, all, rig.device(labels), losses, all, 1, 3, vocabulary, STREAM);
            kernels.crossEntropy(DType.F32, one, rig.device(new int[] {9}), loss, one, 1, 1, vocabulary, STREAM);
            Assertions.assertEquals(rig.floats(losses, 3)[2], rig.floats(loss, 1)[0]);
            float[] among = Arrays.copyOfRange(rig.floats(all, 3L * vocabulary), 2 * vocabulary, 3 * vocabulary);
            Assertions.assertArrayEquals(among, rig.floats(one, vocabulary));
        }
    }
}
