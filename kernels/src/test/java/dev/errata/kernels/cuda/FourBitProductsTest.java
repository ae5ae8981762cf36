package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.KernelRig.STREAM;

import dev.errata.kernels.cuda.FourBitKernelsTest.Twins;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import java.util.Arrays;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FourBitProductsTest {
    private static final double SUMS = 1e-5;

    @ParameterizedTest
    @CsvSource({
        "0, 4, 32, 64, false",
        "1, 1, 32, 64, false",
        "8, 16, 128, 32, true",
        "3, 33, 160, 64, true",
        "5, 20, 2080, 64, false",
        "9, 33, 160, 64, false",
        "16, 40, 96, 32, true",
        "17, 20, 1184, 64, true",
        "32, 16, 64, 128, false",
        "33, 33, 160, 64, true",
        "64, 24, 1056, 64, false"
    })
    void productsFollowTheReference(int rows, int out, int in, int blockSize, boolean nested) {
        try (KernelRig rig = new KernelRig()) {
            FourBitProducts products = new FourBitProducts(rig.library);
            Twins weight = Twins.random(rig, out, in, blockSize, nested, DType.BF16);
            float[] x = KernelRig.rounded(rig.normal((long) rows * in), DType.BF16);
            float[] before = KernelRig.rounded(rig.normal((long) rows * out), DType.BF16);
            long n = (long) rows * out;
            long dx = rig.device(DType.BF16, x);
            long workspace = rig.room(FourBitProducts.workspaceBytes(rows, in));
            for (boolean accumulate : new boolean[] {false, true}) {
                Tensor expected = rig.tensor(before, rows, out);
                rig.expect(new Op.Linear(rig.tensor(x, rows, in), weight.reference(), expected, accumulate));
                long y = rig.device(before);
                products.launch(
                        new FourBitProduct(weight.device(), dx, DType.F32, y, accumulate, rows, out, in),
                        workspace,
                        STREAM);
                KernelRig.assertClose("product", rig.floats(expected), rig.floats(y, n), SUMS);
                long narrow = rig.device(DType.BF16, before);
                products.launch(
                        new FourBitProduct(weight.device(), dx, DType.BF16, narrow, accumulate, rows, out, in),
                        workspace,
                        STREAM);
                float[] rounded = KernelRig.rounded(rig.floats(y, n), DType.BF16);
                KernelRig.assertClose("in bf16", rounded, rig.floats(DType.BF16, narrow, n), 0);
            }
        }
    }

    /** By every kernel for few rows, by several times the largest of them, and with the weight widened first. */
    @ParameterizedTest
    @CsvSource({"18, 96, 64, true", "33, 1056, 64, false", "20, 2080, 32, true", "16, 1024, 128, false"})
    void aRowsBitsDontDependOnHowManyThereAre(int out, int in, int blockSize, boolean nested) {
        int most = 70;
        try (KernelRig rig = new KernelRig();
                DevicePool pool = new DevicePool(rig.driver, CudaBackend.NO_SLABS)) {
            FourBitDecoding decoding = new FourBitDecoding(rig.library, pool);
            Twins weight = Twins.random(rig, out, in, blockSize, nested, DType.BF16);
            long x = rig.device(DType.BF16, rig.normal((long) most * in));
            float[] before = rig.normal((long) most * out);
            long y = rig.device(before);
            new FourBitManyRows(rig.library, pool)
                    .launch(new FourBitProduct(weight.device(), x, DType.F32, y, true, most, out, in), STREAM);
            float[] all = rig.floats(y, (long) most * out);
            for (int rows : new int[] {1, 8, 9, 17, 33, most}) {
                int first = most - rows;
                long some = rig.device(Arrays.copyOfRange(before, first * out, most * out));
                long fromX = x + (long) first * in * Short.BYTES;
                decoding.launch(
                        new FourBitProduct(weight.device(), fromX, DType.F32, some, true, rows, out, in), STREAM);
                Assertions.assertThat(rig.floats(some, (long) rows * out))
                        .as("%d rows", rows)
                        .containsExactly(Arrays.copyOfRange(all, first * out, most * out));
            }
        }
    }

    @Test
    void aWeightThatIsNotBf16OrNotAlignedIsRefused() {
        FourBitAddresses f16 = new FourBitAddresses(0, 0, 0, 0, 0, 0, 64, DType.F16);
        FourBitAddresses odd = new FourBitAddresses(8, 0, 0, 0, 0, 0, 64, DType.BF16);
        FourBitAddresses fits = new FourBitAddresses(16, 0, 0, 0, 0, 0, 64, DType.BF16);
        for (FourBitAddresses weight : new FourBitAddresses[] {f16, odd}) {
            Assertions.assertThatThrownBy(() -> new FourBitProduct(weight, 0, DType.F32, 0, false, 1, 1, 32))
                    .hasMessageContaining("products of bf16 rows want");
        }
        Assertions.assertThatThrownBy(() -> new FourBitProduct(fits, 0, DType.F32, 0, false, 1, 1, 40))
                .hasMessageContaining("40 columns");
        Assertions.assertThatThrownBy(() -> new FourBitProduct(fits, 2, DType.F32, 0, false, 1, 1, 32))
                .hasMessageContaining("multiples of 16");
    }
}
