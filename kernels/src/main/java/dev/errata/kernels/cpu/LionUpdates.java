package dev.errata.kernels.cpu;

import dev.errata.tensor.Op;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** Lion's steps, as many elements at a time as a vector has. */
final class LionUpdates {
    private static final int CHUNK = 4096;
    private static final VectorSpecies<Float> S = Lanes.SPECIES;

    private final Workers workers;

    LionUpdates(Workers workers) {
        this.workers = workers;
    }

    /** The factors of one step, rounded to f32 as torch rounds its scalars. */
    private record Step(float decay, float beta1, float beta2, float rest1, float rest2, float rate, float scale) {}

    void run(Op.LionStep op) {
        long n = op.param().elements();
        long param = Memory.floats(op.param(), n);
        long grad = Memory.floats(op.grad(), n);
        long m = Memory.floats(op.m(), n);
        Step step = new Step(
                (float) (1 - op.lr() * op.weightDecay()),
                (float) op.beta1(),
                (float) op.beta2(),
                (float) (1 - op.beta1()),
                (float) (1 - op.beta2()),
                (float) op.lr(),
                op.gradScale());
        workers.parallelFor(Workers.tasks(n, CHUNK), (task, worker) -> {
            long at = (long) task * CHUNK * 4;
            int count = (int) Math.min(CHUNK, n - (long) task * CHUNK);
            int whole = Lanes.floor(count);
            update(param + at, grad + at, m + at, whole, step);
            updateTail(param + at, grad + at, m + at, whole, count, step);
        });
    }

    private static void update(long param, long grad, long ms, int count, Step s) {
        FloatVector zero = FloatVector.zero(S);
        FloatVector up = FloatVector.broadcast(S, s.rate);
        FloatVector down = FloatVector.broadcast(S, -s.rate);
        FloatVector rest1 = FloatVector.broadcast(S, s.rest1);
        FloatVector rest2 = FloatVector.broadcast(S, s.rest2);
        for (int i = 0; i < count; i += Lanes.COUNT) {
            FloatVector g = FloatVector.fromMemorySegment(S, Memory.ALL, grad + i * 4L, Lanes.ORDER)
                    .mul(s.scale);
            FloatVector m = FloatVector.fromMemorySegment(S, Memory.ALL, ms + i * 4L, Lanes.ORDER);
            FloatVector mix = g.fma(rest1, m.mul(s.beta1));
            FloatVector move = zero.blend(up, mix.compare(VectorOperators.GT, zero))
                    .blend(down, mix.compare(VectorOperators.LT, zero));
            FloatVector.fromMemorySegment(S, Memory.ALL, param + i * 4L, Lanes.ORDER)
                    .mul(s.decay)
                    .sub(move)
                    .intoMemorySegment(Memory.ALL, param + i * 4L, Lanes.ORDER);
            g.fma(rest2, m.mul(s.beta2)).intoMemorySegment(Memory.ALL, ms + i * 4L, Lanes.ORDER);
        }
    }

    private static void updateTail(long param, long grad, long ms, int from, int to, Step s) {
        for (long at = from * 4L; at < to * 4L; at += 4) {
            float g = Memory.get(grad + at) * s.scale;
            float m = Memory.get(ms + at);
            float mix = Math.fma(g, s.rest1, m * s.beta1);
            float move = mix > 0 ? s.rate : mix < 0 ? -s.rate : 0;
            Memory.set(param + at, Memory.get(param + at) * s.decay - move);
            Memory.set(ms + at, Math.fma(g, s.rest2, m * s.beta2));
        }
    }
}
