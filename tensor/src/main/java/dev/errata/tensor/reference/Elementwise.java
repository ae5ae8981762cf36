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

    static void softCap(Op.SoftCap op) {
        Floats x = new Floats(op.x());
        Floats out = new Floats(op.out());
        DType within = op.x().dtype();
        for (long i = 0; i < op.out().elements(); i++) {
            float tanh = (float) StrictMath.tanh(Rounding.to(within, x.get(i) / op.cap()));
            out.set(i, Rounding.to(within, Rounding.to(within, tanh) * op.cap()));
        }
    }

    static void softCapBackward(Op.SoftCapBackward op) {
        Floats out = new Floats(op.out());
        Floats dOut = new Floats(op.dOut());
        Floats dX = new Floats(op.dX());
        for (long i = 0; i < op.dOut().elements(); i++) {
            float tanh = out.get(i) / op.cap();
            dX.set(i, dOut.get(i) * (1 - tanh * tanh));
        }
    }

    static void dropout(Op.Dropout op) {
        Floats x = new Floats(op.x());
        Floats out = new Floats(op.out());
        float keep = 1 / (1 - op.p());
        for (long i = 0; i < op.x().elements(); i++) {
            out.set(i, Philox.uniformOfFour(op.seed(), op.stream(), i) < op.p() ? 0 : x.get(i) * keep);
        }
    }
}
