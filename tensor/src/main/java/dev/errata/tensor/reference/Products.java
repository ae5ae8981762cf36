package dev.errata.tensor.reference;

import dev.errata.tensor.Op;

/** Matrix products, each element summed over k in increasing order in double. */
final class Products {
    private Products() {}

    static void matMul(Op.MatMul op) {
        Floats a = new Floats(op.a());
        Floats b = new Floats(op.b());
        Floats c = new Floats(op.c());
        int m = op.c().rows();
        int n = op.c().columns();
        int k = op.transposeA() ? op.a().rows() : op.a().columns();
        for (long i = 0; i < m; i++) {
            for (long j = 0; j < n; j++) {
                double sum = 0;
                for (long l = 0; l < k; l++) {
                    float left = a.get(op.transposeA() ? l * m + i : i * k + l);
                    float right = b.get(op.transposeB() ? j * k + l : l * n + j);
                    sum += (double) left * right;
                }
                c.put(i * n + j, (float) (op.alpha() * sum), op.accumulate());
            }
        }
    }

    /** Row after row of the weight, so that no more than one of them is widened at a time. */
    static void linear(Op.Linear op) {
        float[][] x = rows(op);
        Elements out = new Elements(op.out());
        int in = op.weight().in();
        int width = op.weight().out();
        for (int o = 0; o < width; o++) {
            float[] weight = WeightElements.row(op.weight(), o);
            for (int row = 0; row < x.length; row++) {
                double sum = 0;
                for (int i = 0; i < in; i++) {
                    sum += (double) x[row][i] * weight[i];
                }
                out.put((long) row * width + o, (float) sum, op.accumulate());
            }
        }
    }

    /** The rows of x, rounded to 8 bits where the weight wants that. */
    private static float[][] rows(Op.Linear op) {
        Elements x = new Elements(op.x());
        boolean eightBits = op.weight().eightBitRows();
        float[][] rows = new float[op.x().rows()][op.weight().in()];
        for (int row = 0; row < rows.length; row++) {
            for (int i = 0; i < rows[row].length; i++) {
                rows[row][i] = x.get((long) row * rows[row].length + i);
            }
            if (eightBits) {
                EightBitBlocks.round(rows[row]);
            }
        }
        return rows;
    }

    /** The same way; sums are kept in double meanwhile. */
    static void linearBackward(Op.LinearBackward op) {
        Elements dOut = new Elements(op.dOut());
        Elements dX = new Elements(op.dX());
        int in = op.weight().in();
        int width = op.weight().out();
        int rows = op.dOut().rows();
        double[][] sums = new double[rows][in];
        for (int o = 0; o < width; o++) {
            float[] weight = WeightElements.row(op.weight(), o);
            for (int row = 0; row < rows; row++) {
                float left = dOut.get((long) row * width + o);
                for (int i = 0; i < in; i++) {
                    sums[row][i] += (double) left * weight[i];
                }
            }
        }
        for (int row = 0; row < rows; row++) {
            for (int i = 0; i < in; i++) {
                dX.put((long) row * in + i, (float) sums[row][i], op.accumulate());
            }
        }
    }

    static void dequantize(Op.Dequantize op) {
        Elements out = new Elements(op.out());
        int in = op.weight().in();
        for (int o = 0; o < op.weight().out(); o++) {
            float[] row = WeightElements.row(op.weight(), o);
            for (int i = 0; i < in; i++) {
                out.set((long) o * in + i, row[i]);
            }
        }
    }
}
