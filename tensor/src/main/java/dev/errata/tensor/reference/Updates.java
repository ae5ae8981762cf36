package dev.errata.tensor.reference;

import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Op;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What the optimizer runs. */
final class Updates {
    private Updates() {}

    static void sumSquares(Op.SumSquares op) {
        Floats x = new Floats(op.x());
        MemorySegment out = HostMemory.of(op.out());
        double sum = op.accumulate() ? out.get(ValueLayout.JAVA_DOUBLE_UNALIGNED, 0) : 0;
        for (long i = 0; i < op.x().elements(); i++) {
            sum += (double) x.get(i) * x.get(i);
        }
        out.set(ValueLayout.JAVA_DOUBLE_UNALIGNED, 0, sum);
    }

    static void adamW(Op.AdamWStep op) {
        Floats param = new Floats(op.param());
        Floats grad = new Floats(op.grad());
        Floats m = new Floats(op.m());
        Floats v = new Floats(op.v());
        float decay = (float) (1 - op.lr() * op.weightDecay());
        float beta1 = (float) op.beta1();
        float beta2 = (float) op.beta2();
        float rest1 = (float) (1 - op.beta1());
        float rest2 = (float) (1 - op.beta2());
        float rate = (float) (op.lr() / (1 - StrictMath.pow(op.beta1(), op.step())));
        float root = (float) StrictMath.sqrt(1 - StrictMath.pow(op.beta2(), op.step()));
        float eps = (float) op.eps();
        for (long i = 0; i < op.param().elements(); i++) {
            float g = grad.get(i) * op.gradScale();
            float mean = Math.fma(m.get(i), beta1, g * rest1);
            float variance = Math.fma(v.get(i), beta2, g * g * rest2);
            m.set(i, mean);
            v.set(i, variance);
            float denominator = (float) Math.sqrt(variance) / root + eps;
            param.set(i, param.get(i) * decay - rate * (mean / denominator));
        }
    }

    static void lion(Op.LionStep op) {
        Floats param = new Floats(op.param());
        Floats grad = new Floats(op.grad());
        Floats m = new Floats(op.m());
        float decay = (float) (1 - op.lr() * op.weightDecay());
        float beta1 = (float) op.beta1();
        float beta2 = (float) op.beta2();
        float rest1 = (float) (1 - op.beta1());
        float rest2 = (float) (1 - op.beta2());
        float rate = (float) op.lr();
        for (long i = 0; i < op.param().elements(); i++) {
            float g = grad.get(i) * op.gradScale();
            float mix = Math.fma(g, rest1, m.get(i) * beta1);
            float sign = mix > 0 ? 1 : mix < 0 ? -1 : 0;
            param.set(i, param.get(i) * decay - rate * sign);
            m.set(i, Math.fma(g, rest2, m.get(i) * beta2));
        }
    }
}
