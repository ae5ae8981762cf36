package dev.errata.tensor.reference;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Rounding;

/** Root mean square normalization (Zhang and Sennrich 2019) and its gradient. */
final class Norm {
    private Norm() {}

    static void forward(Op.RmsNorm op) {
        Floats x = new Floats(op.x());
        Floats weight = new Floats(op.weight());
        Floats out = new Floats(op.out());
        Floats rstds = new Floats(op.rstd());
        int columns = op.weight().columns();
        DType within = op.x().dtype();
        for (long n = 0; n < op.x().elements() / columns; n++) {
            double sum = 0;
            for (int c = 0; c < columns; c++) {
                float value = x.get(n * columns + c);
                sum += (double) value * value;
            }
            float rstd = (float) (1 / StrictMath.sqrt(sum / columns + op.eps()));
            rstds.set(n, rstd);
            for (int c = 0; c < columns; c++) {
                float normed = x.get(n * columns + c) * rstd;
                float kept = op.offset() == 0 ? Rounding.to(within, normed) : normed;
                out.set(n * columns + c, Rounding.to(within, kept * (op.offset() + weight.get(c))));
            }
        }
    }

    /** dX = rstd · (w·dOut − x·rstd² · mean(w·dOut·x)) with w = offset + weight, dW = sum over n of dOut·x·rstd. */
    static void backward(Op.RmsNormBackward op) {
        Floats x = new Floats(op.x());
        Floats weight = new Floats(op.weight());
        Floats rstds = new Floats(op.rstd());
        Floats dOut = new Floats(op.dOut());
        Floats dX = new Floats(op.dX());
        Floats dWeight = op.dWeight() == null ? null : new Floats(op.dWeight());
        int columns = op.weight().columns();
        for (long n = 0; n < op.x().elements() / columns; n++) {
            float rstd = rstds.get(n);
            double dot = 0;
            for (int c = 0; c < columns; c++) {
                dot += (double) (op.offset() + weight.get(c)) * dOut.get(n * columns + c) * x.get(n * columns + c);
            }
            float mean = (float) (dot / columns);
            for (int c = 0; c < columns; c++) {
                long i = n * columns + c;
                float value = x.get(i);
                dX.put(
                        i,
                        rstd * ((op.offset() + weight.get(c)) * dOut.get(i) - value * rstd * rstd * mean),
                        op.accumulate());
                if (dWeight != null) {
                    dWeight.add(c, dOut.get(i) * value * rstd);
                }
            }
        }
    }
}
