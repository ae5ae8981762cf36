package dev.errata.tensor.reference;

import dev.errata.tensor.Op;

/** What DoRA adds to a low-rank adapter: the lengths of a weight's rows, and columns scaled to other lengths. */
final class Magnitudes {
    private Magnitudes() {}

    static void rowNorm(Op.LoraRowNorm op) {
        Floats a = new Floats(op.a());
        Floats b = new Floats(op.b());
        Floats out = new Floats(op.out());
        int in = op.weight().in();
        int rank = op.a().rows();
        for (int row = 0; row < op.weight().out(); row++) {
            float[] weight = WeightElements.row(op.weight(), row);
            double squares = 0;
            for (int i = 0; i < in; i++) {
                double low = 0;
                for (int k = 0; k < rank; k++) {
                    low += (double) b.get((long) row * rank + k) * a.get((long) k * in + i);
                }
                double sum = weight[i] + op.scale() * low;
                squares += sum * sum;
            }
            out.set(row, (float) Math.sqrt(squares));
        }
    }

    static void scale(Op.ScaleColumns op) {
        Floats x = new Floats(op.x());
        Floats out = new Floats(op.out());
        for (long i = 0; i < op.x().elements(); i++) {
            out.set(i, x.get(i) * factor(op, i % op.x().columns()));
        }
    }

    static void scaleBackward(Op.ScaleColumnsBackward op) {
        Op.ScaleColumns forward = op.forward();
        Floats dOut = new Floats(op.dOut());
        int columns = forward.x().columns();
        if (op.dMagnitude() != null) {
            Floats x = new Floats(forward.x());
            Floats norm = new Floats(forward.norm());
            Floats dMagnitude = new Floats(op.dMagnitude());
            for (int c = 0; c < columns; c++) {
                double sum = 0;
                for (long n = 0; n < forward.x().rows(); n++) {
                    sum += (double) dOut.get(n * columns + c) * x.get(n * columns + c);
                }
                dMagnitude.add(c, (float) (sum / norm.get(c)));
            }
        }
        if (op.dX() != null) {
            Floats dX = new Floats(op.dX());
            for (long i = 0; i < op.dX().elements(); i++) {
                dX.put(i, dOut.get(i) * factor(forward, i % columns), op.accumulate());
            }
        }
    }

    private static float factor(Op.ScaleColumns op, long column) {
        float factor = new Floats(op.magnitude()).get(column) / new Floats(op.norm()).get(column);
        return op.lessOne() ? factor - 1 : factor;
    }
}
