package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.KernelRig.STREAM;

import dev.errata.quant.DynamicMap;
import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class OptimizerKernelsTest {
    private static final AdamWFactors FACTORS = AdamWFactors.of(1e-3, 0.9, 0.999, 1e-8, 0.01, 3);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 1000, 2051})
    void adamWHasTheReferencesBitsAndLeavesAShadow(int n) {
        try (KernelRig rig = new KernelRig()) {
            float[] param = rig.normal(n);
            float[] grad = rig.normal(n);
            float[] m = rig.normal(n);
            float[] v = rig.positive(n);
            Tensor p = rig.tensor(param, n);
            Tensor mean = rig.tensor(m, n);
            Tensor variance = rig.tensor(v, n);
            rig.expect(new Op.AdamWStep(p, rig.tensor(grad, n), mean, variance, 1e-3, 0.9, 0.999, 1e-8, 0.01, 3, 0.5f));
            long dp = rig.device(param);
            long dm = rig.device(m);
            long dv = rig.device(v);
            long shadow = rig.room(n * 2L);
            long scale = rig.device(0.5f);
            new OptimizerKernels(rig.library).adamW(dp, rig.device(grad), dm, dv, shadow, scale, FACTORS, n, STREAM);
            KernelRig.assertClose("parameters", rig.floats(p), rig.floats(dp, n), 0);
            KernelRig.assertClose("means", rig.floats(mean), rig.floats(dm, n), 0);
            KernelRig.assertClose("variances", rig.floats(variance), rig.floats(dv, n), 0);
            float[] rounded = KernelRig.rounded(rig.floats(p), DType.BF16);
            KernelRig.assertClose("shadow", rounded, rig.floats(DType.BF16, shadow, n), 0);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 256, 1000, 2305, 25_000})
    void adamWWithEightBitMomentsHasTheReferencesBitsAndCodes(int n) {
        try (KernelRig rig = new KernelRig()) {
            float[] grad = rig.normal(n);
            if (n > 600) {
                java.util.Arrays.fill(grad, 256, 512, 0); // a block whose moments vanish
                grad[600] = Float.NaN;
            }
            for (boolean dynamic : new boolean[] {true, false}) {
                compareEightBit(rig, n, grad, dynamic);
            }
        }
    }

    private static void compareEightBit(KernelRig rig, int n, float[] grad, boolean dynamic) {
        float[] param = rig.normal(n);
        long blocks = Blockwise8Bit.blocks(n);
        byte[] mCodes = rig.bytes(n);
        byte[] vCodes = rig.bytes(n);
        float[] mAbsmax = rig.positive(blocks);
        float[] vAbsmax = rig.positive(blocks);
        if (blocks > 2) {
            mAbsmax[1] = 0;
            vAbsmax[1] = 0;
        }
        float[] mMap = dynamic ? DynamicMap.SIGNED.codes().values() : even(-1);
        float[] vMap = dynamic ? DynamicMap.UNSIGNED.codes().values() : even(0.75f);
        Blockwise8Bit m = new Blockwise8Bit(rig.tensor(mCodes), rig.tensor(mAbsmax, blocks), rig.tensor(mMap, 256));
        Blockwise8Bit v = new Blockwise8Bit(rig.tensor(vCodes), rig.tensor(vAbsmax, blocks), rig.tensor(vMap, 256));
        Tensor p = rig.tensor(param, n);
        OptimizerKernels.Moment dm =
                new OptimizerKernels.Moment(rig.device(mCodes), rig.device(mAbsmax), rig.device(mMap));
        OptimizerKernels.Moment dv =
                new OptimizerKernels.Moment(rig.device(vCodes), rig.device(vAbsmax), rig.device(vMap));
        long dp = rig.device(param);
        long dGrad = rig.device(grad);
        long scale = rig.device(0.5f);
        OptimizerKernels kernels = new OptimizerKernels(rig.library);
        for (int step = 3; step < 5; step++) {
            rig.expect(new Op.AdamW8bitStep(p, rig.tensor(grad, n), m, v, 1e-3, 0.9, 0.999, 1e-8, 0.01, step, 0.5f));
            AdamWFactors factors = AdamWFactors.of(1e-3, 0.9, 0.999, 1e-8, 0.01, step);
            kernels.adamW8bit(dp, dGrad, dm, dv, 0, scale, factors, n, STREAM);
            KernelRig.assertClose("parameters", rig.floats(p), rig.floats(dp, n), 0);
            KernelRig.assertClose("absmax of m", rig.floats(m.absmax()), rig.floats(dm.absmax(), blocks), 0);
            KernelRig.assertClose("absmax of v", rig.floats(v.absmax()), rig.floats(dv.absmax(), blocks), 0);
            Assertions.assertArrayEquals(rig.byteValues(m.codes()), rig.bytes(dm.codes(), n), "codes of m");
            Assertions.assertArrayEquals(rig.byteValues(v.codes()), rig.bytes(dv.codes(), n), "codes of v");
        }
    }

    private static float[] even(float lowest) {
        float[] map = new float[256];
        for (int i = 0; i < map.length; i++) {
            map[i] = lowest + (1 - lowest) * i / (map.length - 1);
        }
        return map;
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 31, 1000, 40001})
    void sumsAreInDoubleAndScalesClip(int n) {
        try (KernelRig rig = new KernelRig()) {
            OptimizerKernels kernels = new OptimizerKernels(rig.library);
            float[] x = rig.normal(n);
            Tensor expected = rig.tensor(2.0);
            rig.expect(new Op.SumSquares(rig.tensor(x, n), expected, true));
            long out = rig.device(2.0);
            long partial = rig.room(OptimizerKernels.partialBytes(n));
            long dx = rig.device(x);
            kernels.sumSquares(dx, partial, out, true, n, STREAM);
            double squares = rig.doubles(out, 1)[0];
            Assertions.assertEquals(rig.number(expected), squares, 1e-12 * rig.number(expected));

            long scale = rig.room(4);
            kernels.clipScale(out, 0.3, scale, STREAM);
            float clip = (float) Math.min(1, 0.3 / (Math.sqrt(squares) + 1e-6));
            Assertions.assertEquals(clip, rig.floats(scale, 1)[0]);
            kernels.clipScale(out, 0, scale, STREAM);
            Assertions.assertEquals(1, rig.floats(scale, 1)[0]);

            double sum = 0;
            for (float value : x) {
                sum += value;
            }
            kernels.sum(dx, partial, out, false, n, STREAM);
            Assertions.assertEquals(sum, rig.doubles(out, 1)[0], 1e-9);
        }
    }

    @Test
    void aNormThatIsNotANumberStaysOne() {
        try (KernelRig rig = new KernelRig()) {
            long scale = rig.room(4);
            new OptimizerKernels(rig.library).clipScale(rig.device(Double.NaN), 1, scale, STREAM);
            Assertions.assertTrue(Float.isNaN(rig.floats(scale, 1)[0]));
        }
    }
}
