package dev.errata.tensor.reference;

import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;

/** Products of dropped rows, each element summed in double. */
final class DropoutLinears {
    private DropoutLinears() {}

    static void forward(Op.DropoutLinear op) {
        Elements x = new Elements(op.x());
        Elements weight = new Elements(op.weight());
        Elements out = new Elements(op.out());
        int in = op.x().columns();
        int outputs = op.weight().rows();
        for (long row = 0; row < op.x().rows(); row++) {
            for (int o = 0; o < outputs; o++) {
                double sum = 0;
                for (int i = 0; i < in; i++) {
                    sum += (double) (x.get(row * in + i) * factor(op, row * in + i)) * weight.get((long) o * in + i);
                }
                out.set(row * outputs + o, (float) sum);
            }
        }
    }

    static void backward(Op.DropoutLinearBackward op) {
        Op.DropoutLinear forward = op.forward();
        if (op.dX() != null) {
            input(op, new Elements(op.dX()));
        }
        if (op.dWeight() != null) {
            weight(forward, new Elements(op.dOut()), new Elements(op.dWeight()));
        }
    }

    private static void input(Op.DropoutLinearBackward op, Elements dX) {
        Elements weight = new Elements(op.forward().weight());
        Elements dOut = new Elements(op.dOut());
        int in = op.forward().x().columns();
        int outputs = op.forward().weight().rows();
        for (long row = 0; row < op.dOut().rows(); row++) {
            for (int i = 0; i < in; i++) {
                double sum = 0;
                for (int o = 0; o < outputs; o++) {
                    sum += (double) dOut.get(row * outputs + o) * weight.get((long) o * in + i);
                }
                dX.put(row * in + i, (float) sum * factor(op.forward(), row * in + i), op.accumulate());
            }
        }
    }

    private static void weight(Op.DropoutLinear forward, Elements dOut, Elements dWeight) {
        Elements x = new Elements(forward.x());
        int in = forward.x().columns();
        int outputs = forward.weight().rows();
        for (int o = 0; o < outputs; o++) {
            for (int i = 0; i < in; i++) {
                double sum = 0;
                for (long row = 0; row < forward.x().rows(); row++) {
                    float dropped = x.get(row * in + i) * factor(forward, row * in + i);
                    sum += (double) dOut.get(row * outputs + o) * dropped;
                }
                dWeight.put((long) o * in + i, (float) sum, true);
            }
        }
    }

    /** 1 / (1 − p) where an element is kept, else 0. */
    private static float factor(Op.DropoutLinear op, long element) {
        return Philox.uniformOfFour(op.seed(), op.stream(), element) < op.p() ? 0 : 1 / (1 - op.p());
    }
}
