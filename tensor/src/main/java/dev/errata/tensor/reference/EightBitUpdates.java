package dev.errata.tensor.reference;

import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Op;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** AdamW with 8-bit moments, block by block; each operation in the order in which torch rounds it. */
final class EightBitUpdates {
    private static final int BLOCK = Blockwise8Bit.BLOCK_SIZE;

    private EightBitUpdates() {}

    static void adamW(Op.AdamW8bitStep op) {
        Floats param = new Floats(op.param());
        Floats grad = new Floats(op.grad());
        Moment m = new Moment(op.m());
        Moment v = new Moment(op.v());
        float decay = (float) (1 - op.lr() * op.weightDecay());
        float beta1 = (float) op.beta1();
        float beta2 = (float) op.beta2();
        float rest1 = (float) (1 - op.beta1());
        float rest2 = (float) (1 - op.beta2());
        float rate = (float) (-op.lr() / (1 - StrictMath.pow(op.beta1(), op.step())));
        float root = (float) StrictMath.sqrt(1 - StrictMath.pow(op.beta2(), op.step()));
        float eps = (float) op.eps();
        float[] ms = new float[BLOCK];
        float[] vs = new float[BLOCK];
        long n = op.param().elements();
        for (long first = 0; first < n; first += BLOCK) {
            int count = (int) Math.min(BLOCK, n - first);
            m.widen(first, ms, count);
            v.widen(first, vs, count);
            for (int i = 0; i < count; i++) {
                float g = grad.get(first + i) * op.gradScale();
                ms[i] = Math.fma(g, rest1, ms[i] * beta1);
                vs[i] = Math.fma(g * rest2, g, vs[i] * beta2);
                float denominator = (float) Math.sqrt(vs[i]) / root + eps;
                param.set(first + i, param.get(first + i) * decay + ms[i] * rate / denominator);
            }
            m.quantize(first, ms, count);
            v.quantize(first, vs, count);
        }
    }

    /** One of the two moments of a tensor. */
    private static final class Moment {
        private final MemorySegment codes;
        private final Floats absmax;
        private final float[] map;

        Moment(Blockwise8Bit blocks) {
            if (blocks.codes().dtype() != DType.U8) {
                throw new IllegalArgumentException("U8 is needed, not " + blocks.codes());
            }
            codes = HostMemory.of(blocks.codes());
            absmax = new Floats(blocks.absmax());
            map = new float[Blockwise8Bit.CODES];
            Floats values = new Floats(blocks.map());
            for (int code = 0; code < map.length; code++) {
                map[code] = values.get(code);
            }
        }

        void widen(long first, float[] into, int count) {
            float scale = absmax.get(first / BLOCK);
            for (int i = 0; i < count; i++) {
                into[i] = map[codes.get(ValueLayout.JAVA_BYTE, first + i) & 0xFF] * scale;
            }
        }

        void quantize(long first, float[] values, int count) {
            float largest = 0;
            for (int i = 0; i < count; i++) {
                largest = Math.max(largest, Math.abs(values[i]));
            }
            float divisor = Math.max(largest, Blockwise8Bit.LEAST_ABSMAX);
            boolean full = count == BLOCK;
            absmax.set(first / BLOCK, full ? largest : divisor);
            float reciprocal = 1 / divisor;
            for (int i = 0; i < count; i++) {
                float scaled = full ? values[i] * reciprocal : values[i] / divisor;
                codes.set(ValueLayout.JAVA_BYTE, first + i, (byte) nearest(Math.clamp(scaled, -1f, 1f)));
            }
        }

        /** The number of midpoints below the value; NaN is above all of them. */
        private int nearest(float value) {
            int code = 0;
            for (int step = map.length / 2; step > 0; step /= 2) {
                float midpoint = (map[code + step - 1] + map[code + step]) / 2;
                code += midpoint >= value ? 0 : step;
            }
            return code;
        }
    }
}
