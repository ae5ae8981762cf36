package dev.errata.tensor.reference;

import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Rounding;

/** Operators that work element by element. */
final class Elementwise {
    private Elementwise() {}

    static void fill(Op.Fill op) {
        Floats x = new Floats(op.x());
        for (long i = 0; i < op.x().elements(); i++) {
            x.set(i, op.value());
        }
    }

    static void add(Op.Add op) {
        Floats a = new Floats(op.a());
        Floats b = new Floats(op.b());
        Floats out = new Floats(op.out());
        for (long i = 0; i < op.out().elements(); i++) {
            out.set(i, a.get(i) + b.get(i));
        }
    }

    static void scale(Op.Scale op) {
        Floats x = new Floats(op.x());
        for (long i = 0; i < op.x().elements(); i++) {
            x.set(i, x.get(i) * op.factor());
        }
    }

    static void copy(Op.Copy op) {
        if (op.x().dtype() == op.out().dtype()) {
            HostMemory.of(op.out()).copyFrom(HostMemory.of(op.x()));
            return;
        }
        Floats x = new Floats(op.x());
        Floats out = new Floats(op.out());
        for (long i = 0; i < op.out().elements(); i++) {
            out.set(i, x.get(i));
        }
    }

    static void swiGlu(Op.SwiGlu op) {
        Floats gate = new Floats(op.gate());
        Floats up = new Floats(op.up());
        Floats out = new Floats(op.out());
        DType within = op.bf16() ? DType.BF16 : op.gate().dtype();
        for (long i = 0; i < op.out().elements(); i++) {
            float silu = Rounding.to(within, gate.get(i) * sigmoid(gate.get(i)));
            out.set(i, Rounding.to(within, silu * up.get(i)));
        }
    }

    static void swiGluBackward(Op.SwiGluBackward op) {
        Floats gate = new Floats(op.gate());
        Floats up = new Floats(op.up());
        Floats dOut = new Floats(op.dOut());
        Floats dGate = new Floats(op.dGate());
        Floats dUp = new Floats(op.dUp());
        for (long i = 0; i < op.dOut().elements(); i++) {
            float g = gate.get(i);
            float u = up.get(i);
            float d = dOut.get(i);
            float s = sigmoid(g);
            dUp.set(i, d * g * s);
            dGate.set(i, d * u * s * (1 + g * (1 - s)));
        }
    }

    static void dropout(Op.Dropout op) {
        Floats x = new Floats(op.x());
        Floats out = new Floats(op.out());
        float keep = 1 / (1 - op.p());
        for (long i = 0; i < op.x().elements(); i++) {
            out.set(i, Philox.uniform(op.seed(), op.stream(), i) < op.p() ? 0 : x.get(i) * keep);
        }
    }

    private static float sigmoid(float x) {
        return (float) (1 / (1 + StrictMath.exp(-x)));
    }
}
