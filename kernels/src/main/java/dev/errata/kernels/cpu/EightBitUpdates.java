package dev.errata.kernels.cpu;

import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** AdamW with 8-bit moments: blocks of 256 elements, of which both moments are widened into a worker's scratch. */
final class EightBitUpdates {
    private static final int BLOCK = Blockwise8Bit.BLOCK_SIZE;
    /** Blocks of a task. */
    private static final int BLOCKS = 16;

    private static final VectorSpecies<Float> S = Lanes.SPECIES;

    private final Workers workers;
    private final Scratch[] scratch;
    private final NearestCode mMap = new NearestCode();
    private final NearestCode vMap = new NearestCode();

    EightBitUpdates(Workers workers, Scratch[] scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    /** The factors of one step, rounded to f32 as torch rounds its scalars. */
    private record Step(
            float decay,
            float beta1,
            float beta2,
            float rest1,
            float rest2,
            float rate,
            float root,
            float eps,
            float scale) {}

    void adamW(Op.AdamW8bitStep op) {
        long n = op.param().elements();
        long blocks = Blockwise8Bit.blocks(n);
        long param = Memory.floats(op.param(), n);
        long grad = Memory.floats(op.grad(), n);
        long mCodes = Memory.address(op.m().codes(), DType.U8, n);
        long vCodes = Memory.address(op.v().codes(), DType.U8, n);
        long mAbsmax = Memory.floats(op.m().absmax(), blocks);
        long vAbsmax = Memory.floats(op.v().absmax(), blocks);
        mMap.use(op.m().map());
        vMap.use(op.v().map());
        Step step = new Step(
                (float) (1 - op.lr() * op.weightDecay()),
                (float) op.beta1(),
                (float) op.beta2(),
                (float) (1 - op.beta1()),
                (float) (1 - op.beta2()),
                (float) (-op.lr() / (1 - StrictMath.pow(op.beta1(), op.step()))),
                (float) StrictMath.sqrt(1 - StrictMath.pow(op.beta2(), op.step())),
                (float) op.eps(),
                op.gradScale());
        workers.parallelFor(Workers.tasks(blocks, BLOCKS), (task, worker) -> {
            Scratch room = scratch[worker];
            float[] moments = room.moments;
            long last = Math.min(blocks, (task + 1L) * BLOCKS);
            for (long block = (long) task * BLOCKS; block < last; block++) {
                long first = block * BLOCK;
                int count = (int) Math.min(BLOCK, n - first);
                widen(mMap, mCodes + first, mAbsmax + block * 4, room, 0, count);
                widen(vMap, vCodes + first, vAbsmax + block * 4, room, BLOCK, count);
                int whole = Lanes.floor(count);
                update(param + first * 4, grad + first * 4, moments, whole, step);
                updateTail(param + first * 4, grad + first * 4, moments, whole, count, step);
                quantize(mMap, mCodes + first, mAbsmax + block * 4, room, 0, count);
                quantize(vMap, vCodes + first, vAbsmax + block * 4, room, BLOCK, count);
            }
        });
    }

    private static void widen(NearestCode map, long codes, long absmax, Scratch scratch, int at, int count) {
        Memory.getBytes(codes, scratch.codes, count);
        map.values(scratch.codes, count, Memory.get(absmax), scratch.moments, at);
    }

    private static void update(long param, long grad, float[] moments, int count, Step s) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            FloatVector g = FloatVector.fromMemorySegment(S, Memory.ALL, grad + i * 4L, Lanes.ORDER)
                    .mul(s.scale);
            FloatVector m = g.fma(
                    FloatVector.broadcast(S, s.rest1),
                    FloatVector.fromArray(S, moments, i).mul(s.beta1));
            FloatVector v = g.mul(s.rest2)
                    .fma(g, FloatVector.fromArray(S, moments, BLOCK + i).mul(s.beta2));
            m.intoArray(moments, i);
            v.intoArray(moments, BLOCK + i);
            FloatVector denominator = v.sqrt().div(s.root).add(s.eps);
            FloatVector.fromMemorySegment(S, Memory.ALL, param + i * 4L, Lanes.ORDER)
                    .mul(s.decay)
                    .add(m.mul(s.rate).div(denominator))
                    .intoMemorySegment(Memory.ALL, param + i * 4L, Lanes.ORDER);
        }
    }

    private static void updateTail(long param, long grad, float[] moments, int from, int to, Step s) {
        for (int i = from; i < to; i++) {
            float g = Memory.get(grad + i * 4L) * s.scale;
            float m = Math.fma(g, s.rest1, moments[i] * s.beta1);
            float v = Math.fma(g * s.rest2, g, moments[BLOCK + i] * s.beta2);
            moments[i] = m;
            moments[BLOCK + i] = v;
            float denominator = (float) Math.sqrt(v) / s.root + s.eps;
            Memory.set(param + i * 4L, Memory.get(param + i * 4L) * s.decay + m * s.rate / denominator);
        }
    }

    private static void quantize(NearestCode map, long codes, long absmax, Scratch scratch, int at, int count) {
        float[] values = scratch.moments;
        float largest = largest(values, at, count);
        float divisor = Math.max(largest, Blockwise8Bit.LEAST_ABSMAX);
        boolean full = count == BLOCK;
        Memory.set(absmax, full ? largest : divisor);
        if (full) {
            scale(values, at, 1 / divisor);
        } else {
            for (int i = 0; i < count; i++) {
                values[at + i] = Math.clamp(values[at + i] / divisor, -1f, 1f);
            }
        }
        map.codes(values, at, count, scratch.codes);
        Memory.setBytes(codes, scratch.codes, count);
    }

    /** The order in which a maximum is taken doesn't matter, not for NaN either; four of them hide the latency. */
    private static float largest(float[] values, int at, int count) {
        float a = 0;
        float b = 0;
        float c = 0;
        float d = 0;
        int i = at;
        for (; i + 4 <= at + count; i += 4) {
            a = Math.max(a, Math.abs(values[i]));
            b = Math.max(b, Math.abs(values[i + 1]));
            c = Math.max(c, Math.abs(values[i + 2]));
            d = Math.max(d, Math.abs(values[i + 3]));
        }
        for (; i < at + count; i++) {
            a = Math.max(a, Math.abs(values[i]));
        }
        return Math.max(Math.max(a, b), Math.max(c, d));
    }

    private static void scale(float[] values, int at, float reciprocal) {
        for (int i = 0; i < BLOCK; i += Lanes.COUNT) {
            FloatVector.fromArray(S, values, at + i)
                    .mul(reciprocal)
                    .max(-1)
                    .min(1)
                    .intoArray(values, at + i);
        }
    }
}
