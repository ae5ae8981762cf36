package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.KernelRig.STREAM;

import dev.errata.quant.Absmax;
import dev.errata.quant.BlockwiseFourBit;
import dev.errata.quant.DoubleQuantization;
import dev.errata.quant.DynamicMap;
import dev.errata.quant.FourBitFormat;
import dev.errata.quant.HalfFloats;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FourBitKernelsTest {
    private static final double SUMS = 1e-5;

    /** A weight on the device and the same one on the reference backend. */
    record Twins(FourBitAddresses device, Weight.FourBit reference) {
        static Twins random(KernelRig rig, int out, int in, int blockSize, boolean nested, DType dtype) {
            long elements = (long) out * in;
            long blocks = BlockwiseFourBit.blocks(elements, blockSize);
            long nestedBlocks = BlockwiseFourBit.blocks(blocks, 256);
            byte[] packed = rig.bytes((elements + 1) / 2);
            float[] code = rig.normal(16);
            float[] scales = rig.positive(blocks);
            byte[] codedScales = rig.bytes(blocks);
            float[] nestedAbsmax = rig.positive(nestedBlocks);
            float[] nestedCode = rig.normal(256);
            float offset = nested ? 0.125f : 0;
            Weight.FourBit reference = new Weight.FourBit(
                    out,
                    in,
                    blockSize,
                    rig.tensor(packed),
                    rig.tensor(code, 16),
                    nested
                            ? new Weight.DoubleScales(
                                    rig.tensor(codedScales),
                                    rig.tensor(nestedAbsmax, nestedBlocks),
                                    rig.tensor(nestedCode, 256),
                                    offset)
                            : new Weight.SingleScales(rig.tensor(scales, blocks)),
                    dtype);
            FourBitAddresses device = new FourBitAddresses(
                    rig.device(packed),
                    rig.device(code),
                    nested ? rig.device(codedScales) : rig.device(scales),
                    nested ? rig.device(nestedAbsmax) : 0,
                    nested ? rig.device(nestedCode) : 0,
                    offset,
                    blockSize,
                    dtype);
            return new Twins(device, reference);
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 64, false",
        "1, 3, 64, true",
        "5, 51, 32, true",
        "7, 64, 64, false",
        "33, 100, 64, true",
        "130, 128, 128, true",
        "65, 64, 64, false"
    })
    void elementsAreWidenedWithEachRounding(int out, int in, int blockSize, boolean nested) {
        DType[] types = {DType.F32, DType.BF16, DType.F16};
        try (KernelRig rig = new KernelRig()) {
            FourBitKernels kernels = new FourBitKernels(rig.library);
            for (DType dtype : types) {
                Twins weight = Twins.random(rig, out, in, blockSize, nested, dtype);
                Tensor expected = rig.tensor(new float[out * in], out, in);
                rig.expect(new Op.Dequantize(weight.reference, expected));
                for (DType to : types) {
                    long n = (long) out * in;
                    long wide = rig.room(n * to.bytes());
                    kernels.dequantize(weight.device, to, wide, n, STREAM);
                    float[] rounded = KernelRig.rounded(rig.floats(expected), to);
                    KernelRig.assertClose(dtype + " in " + to, rounded, rig.floats(to, wide, n), 0);
                }
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 64, F32",
        "31, 32, BF16",
        "64, 64, F32",
        "1001, 64, F16",
        "5000, 128, F32",
        "9000, 4096, BF16",
        "9000, 64, BF16",
        "4096, 32, F32",
        "8200, 256, F16",
        "16384, 64, BF16",
        "33000, 32, F32",
        "20000, 256, F16",
    })
    void codesAndScalesAreThoseOfTheCodecs(int n, int blockSize, DType dtype) {
        try (KernelRig rig = new KernelRig();
                Arena arena = Arena.ofConfined()) {
            float[] values = KernelRig.rounded(rig.normal(n), dtype);
            if (n > 900) {
                Arrays.fill(values, 0, 2 * blockSize, 0);
                values[3] = 1e-42f;
            }
            MemorySegment stored = arena.allocate((long) n * dtype.bytes(), 16);
            HalfFloats.narrow(values, 0, n, stored, dtype, 0);
            int blocks = Math.toIntExact(BlockwiseFourBit.blocks(n, blockSize));
            long in = rig.device(dtype, values);
            for (FourBitFormat format : FourBitFormat.values()) {
                MemorySegment packed = arena.allocate(BlockwiseFourBit.packedBytes(n));
                MemorySegment absmax = arena.allocate(blocks * 4L, 16);
                BlockwiseFourBit.quantize(format, blockSize, stored, dtype, n, packed, absmax, "test");
                long dPacked = rig.room(packed.byteSize());
                long dAbsmax = rig.room(absmax.byteSize());
                long failed = rig.device(new int[] {0});
                long code = rig.device(format.codebook());
                FourBitKernels kernels = new FourBitKernels(rig.library);
                kernels.quantize(dtype, in, code, blockSize, dPacked, dAbsmax, failed, n, STREAM);
                Assertions.assertEquals(0, rig.ints(failed, 1)[0]);
                KernelRig.assertClose("absmax", absmax.toArray(ValueLayout.JAVA_FLOAT), rig.floats(dAbsmax, blocks), 0);
                Assertions.assertArrayEquals(
                        packed.toArray(ValueLayout.JAVA_BYTE), rig.bytes(dPacked, packed.byteSize()), format.name());

                Absmax.Nested nested = DoubleQuantization.quantize(absmax, arena, "test");
                long codes = rig.room(blocks);
                long nestedAbsmax = rig.room(nested.nestedAbsmax().byteSize());
                long map = rig.device(DynamicMap.SIGNED.codes().values());
                kernels.quantizeScales(dAbsmax, nested.offset(), map, codes, nestedAbsmax, blocks, STREAM);
                Assertions.assertArrayEquals(
                        nested.codes().toArray(ValueLayout.JAVA_BYTE), rig.bytes(codes, blocks), "scales");
                KernelRig.assertClose(
                        "scales of scales",
                        nested.nestedAbsmax().toArray(ValueLayout.JAVA_FLOAT),
                        rig.floats(nestedAbsmax, nested.nestedAbsmax().byteSize() / 4),
                        0);
            }
        }
    }

    @Test
    void valuesThatAreNoNumbersAreReported() {
        try (KernelRig rig = new KernelRig()) {
            FourBitKernels kernels = new FourBitKernels(rig.library);
            long code = rig.device(FourBitFormat.NF4.codebook());
            for (float wrong : new float[] {Float.NaN, Float.NEGATIVE_INFINITY}) {
                float[] values = rig.normal(200);
                values[150] = wrong;
                long failed = rig.device(new int[] {0});
                kernels.quantize(
                        DType.F32, rig.device(values), code, 64, rig.room(100), rig.room(16), failed, 200, STREAM);
                Assertions.assertEquals(1, rig.ints(failed, 1)[0]);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "1, 1, 1, 64, false, F32",
        "0, 7, 64, 64, false, F32",
        "2, 5, 51, 32, true, BF16",
        "3, 33, 100, 64, true, F32",
        "8, 17, 320, 128, false, F16",
        "7, 40, 600, 64, true, BF16"
    })
    void productsWithFewRowsFollowTheReference(int rows, int out, int in, int blockSize, boolean nested, DType dtype) {
        try (KernelRig rig = new KernelRig()) {
            Twins weight = Twins.random(rig, out, in, blockSize, nested, dtype);
            float[] x = rig.normal((long) rows * in);
            float[] before = rig.normal((long) rows * out);
            for (boolean accumulate : new boolean[] {false, true}) {
                Tensor expected = rig.tensor(before, rows, out);
                rig.expect(new Op.Linear(rig.tensor(x, rows, in), weight.reference, expected, accumulate));
                long y = rig.device(before);
                new FourBitKernels(rig.library)
                        .multiply(weight.device, rig.device(x), y, accumulate, rows, out, in, STREAM);
                KernelRig.assertClose("product", rig.floats(expected), rig.floats(y, (long) rows * out), SUMS);
            }
        }
    }

    @Test
    void aRowsBitsDontDependOnHowManyThereAre() {
        int out = 18;
        int in = 352;
        try (KernelRig rig = new KernelRig()) {
            FourBitKernels kernels = new FourBitKernels(rig.library);
            Twins weight = Twins.random(rig, out, in, 64, true, DType.BF16);
            long x = rig.device(rig.normal(8L * in));
            float[] all = null;
            for (int rows = 8; rows > 0; rows--) {
                long y = rig.room((long) rows * out * 4);
                kernels.multiply(weight.device, x, y, false, rows, out, in, STREAM);
                float[] values = rig.floats(y, (long) rows * out);
                all = all == null ? values : all;
                Assertions.assertArrayEquals(Arrays.copyOf(all, values.length), values, rows + " rows");
            }
        }
    }
}
