package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import java.lang.foreign.ValueLayout;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** What the optimizer runs. */
final class Updates {
    private static final int CHUNK = 4096;
    private static final VectorSpecies<Float> S = Lanes.SPECIES;

    private final Workers workers;
    private final Scratch[] scratch;
    private double[] partial = new double[0];

    Updates(Workers workers, Scratch[] scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    /** A double per 4096 elements, and those added pairwise. */
    void sumSquares(Op.SumSquares op) {
        long n = op.x().elements();
        Elements x = Elements.of(op.x(), n);
        long out = Memory.address(op.out(), DType.F64, 1);
        int chunks = Workers.tasks(n, CHUNK);
        if (partial.length < chunks) {
            partial = new double[chunks];
        }
        double[] sums = partial;
        workers.parallelFor(chunks, (task, worker) -> {
            long first = (long) task * CHUNK;
            int count = (int) Math.min(CHUNK, n - first);
            sums[task] = sumSquares(x.read(first, count, scratch[worker].floats(CHUNK), scratch[worker]), count);
        });
        double before = op.accumulate() ? Memory.ALL.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, out) : 0;
        Memory.ALL.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, out, before + pairwise(sums, chunks));
    }

    private static double sumSquares(long x, int count) {
        double s0 = 0;
        double s1 = 0;
        double s2 = 0;
        double s3 = 0;
        int i = 0;
        for (; i + 4 <= count; i += 4) {
            double x0 = Memory.get(x + i * 4L);
            double x1 = Memory.get(x + i * 4L + 4);
            double x2 = Memory.get(x + i * 4L + 8);
            double x3 = Memory.get(x + i * 4L + 12);
            s0 += x0 * x0;
            s1 += x1 * x1;
            s2 += x2 * x2;
            s3 += x3 * x3;
        }
        for (; i < count; i++) {
            double value = Memory.get(x + i * 4L);
            s0 += value * value;
        }
        return (s0 + s1) + (s2 + s3);
    }

    private static double pairwise(double[] sums, int count) {
        for (int n = count; n > 1; n = (n + 1) / 2) {
            for (int i = 0; i < n / 2; i++) {
                sums[i] = sums[2 * i] + sums[2 * i + 1];
            }
            if (n % 2 == 1) {
                sums[n / 2] = sums[n - 1];
            }
        }
        return count == 0 ? 0 : sums[0];
    }

    /** The factors of one step, rounded to f32 as bitsandbytes' CPU code has them. */
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

    void adamW(Op.AdamWStep op) {
        long n = op.param().elements();
        long param = Memory.floats(op.param(), n);
        long grad = Memory.floats(op.grad(), n);
        long m = Memory.floats(op.m(), n);
        long v = Memory.floats(op.v(), n);
        Step step = new Step(
                (float) (1 - op.lr() * op.weightDecay()),
                (float) op.beta1(),
                (float) op.beta2(),
                (float) (1 - op.beta1()),
                (float) (1 - op.beta2()),
                (float) (op.lr() / (1 - StrictMath.pow(op.beta1(), op.step()))),
                (float) Math.sqrt(1 - StrictMath.pow(op.beta2(), op.step())),
                (float) op.eps(),
                op.gradScale());
        workers.parallelFor(Workers.tasks(n, CHUNK), (task, worker) -> {
            long at = (long) task * CHUNK * 4;
            int count = (int) Math.min(CHUNK, n - (long) task * CHUNK);
            int whole = Lanes.floor(count);
            adamW(param + at, grad + at, m + at, v + at, whole, step);
            adamWTail(param + at, grad + at, m + at, v + at, whole, count, step);
        });
    }

    private static void adamW(long param, long grad, long ms, long vs, int count, Step s) {
        FloatVector beta1 = FloatVector.broadcast(S, s.beta1);
        FloatVector beta2 = FloatVector.broadcast(S, s.beta2);
        for (int i = 0; i < count; i += Lanes.COUNT) {
            FloatVector g = FloatVector.fromMemorySegment(S, Memory.ALL, grad + i * 4L, Lanes.ORDER)
                    .mul(s.scale);
            FloatVector m = FloatVector.fromMemorySegment(S, Memory.ALL, ms + i * 4L, Lanes.ORDER)
                    .fma(beta1, g.mul(s.rest1));
            FloatVector v = FloatVector.fromMemorySegment(S, Memory.ALL, vs + i * 4L, Lanes.ORDER)
                    .fma(beta2, g.mul(g).mul(s.rest2));
            m.intoMemorySegment(Memory.ALL, ms + i * 4L, Lanes.ORDER);
            v.intoMemorySegment(Memory.ALL, vs + i * 4L, Lanes.ORDER);
            FloatVector denominator = v.sqrt().div(s.root).add(s.eps);
            FloatVector.fromMemorySegment(S, Memory.ALL, param + i * 4L, Lanes.ORDER)
                    .mul(s.decay)
                    .sub(m.div(denominator).mul(s.rate))
                    .intoMemorySegment(Memory.ALL, param + i * 4L, Lanes.ORDER);
        }
    }

    private static void adamWTail(long param, long grad, long ms, long vs, int from, int to, Step s) {
        for (long at = from * 4L; at < to * 4L; at += 4) {
            float g = Memory.get(grad + at) * s.scale;
            float m = Math.fma(Memory.get(ms + at), s.beta1, g * s.rest1);
            float v = Math.fma(Memory.get(vs + at), s.beta2, g * g * s.rest2);
            Memory.set(ms + at, m);
            Memory.set(vs + at, v);
            float denominator = (float) Math.sqrt(v) / s.root + s.eps;
            Memory.set(param + at, Memory.get(param + at) * s.decay - s.rate * (m / denominator));
        }
    }
}
