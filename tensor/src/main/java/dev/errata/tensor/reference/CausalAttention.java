package dev.errata.tensor.reference;

import dev.errata.tensor.Op;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.Segments;

/** Causal softmax attention with grouped key/value heads over packed sequences, and its gradient. */
final class CausalAttention {
    private CausalAttention() {}

    static void forward(Op.Attention op) {
        Floats v = new Floats(op.v());
        Floats out = new Floats(op.out());
        Floats lse = new Floats(op.lse());
        long d = op.headDim();
        int width = op.q().columns();
        int keyWidth = op.k().columns();
        int heads = width / op.headDim();
        int group = width / keyWidth;
        forEachQuery(op, (query, head, keyFrom, first, last) -> {
            double[] scores = scores(op, query, head, keyFrom, first, last);
            double max = Double.NEGATIVE_INFINITY;
            for (double score : scores) {
                max = Math.max(max, score);
            }
            double sum = 0;
            for (double score : scores) {
                sum += StrictMath.exp(score - max);
            }
            double logSum = max + StrictMath.log(sum);
            lse.set(query * heads + head, (float) logSum);
            for (int c = 0; c < d; c++) {
                double mixed = 0;
                for (int j = first; j <= last; j++) {
                    double exact = StrictMath.exp(scores[j - first] - logSum);
                    double p = op.bf16() ? Rounding.bf16((float) exact) : exact;
                    mixed += p * v.get((keyFrom + j) * keyWidth + (head / group) * d + c);
                }
                out.set(query * width + head * d + c, (float) mixed);
            }
        });
    }

    static void backward(Op.AttentionBackward op) {
        Op.Attention forward = op.forward();
        Floats q = new Floats(forward.q());
        Floats k = new Floats(forward.k());
        Floats v = new Floats(forward.v());
        Floats out = new Floats(forward.out());
        Floats lse = new Floats(forward.lse());
        Floats dOut = new Floats(op.dOut());
        Floats dQ = new Floats(op.dQ());
        Floats dK = new Floats(op.dK());
        Floats dV = new Floats(op.dV());
        Elementwise.fill(new Op.Fill(op.dQ(), 0));
        Elementwise.fill(new Op.Fill(op.dK(), 0));
        Elementwise.fill(new Op.Fill(op.dV(), 0));
        long d = forward.headDim();
        int width = forward.q().columns();
        int keyWidth = forward.k().columns();
        int heads = width / forward.headDim();
        int group = width / keyWidth;
        forEachQuery(forward, (query, head, keyFrom, first, last) -> {
            long at = query * width + head * d;
            double delta = 0;
            for (int c = 0; c < d; c++) {
                delta += (double) dOut.get(at + c) * out.get(at + c);
            }
            double[] scores = scores(forward, query, head, keyFrom, first, last);
            for (int j = first; j <= last; j++) {
                long key = (keyFrom + j) * keyWidth + (head / group) * d;
                float p = (float) StrictMath.exp(scores[j - first] - lse.get(query * heads + head));
                double dP = 0;
                for (int c = 0; c < d; c++) {
                    dP += (double) dOut.get(at + c) * v.get(key + c);
                    dV.add(key + c, p * dOut.get(at + c));
                }
                float dScore = (float) (p * (dP - delta)) * forward.scale();
                for (int c = 0; c < d; c++) {
                    dQ.add(at + c, dScore * k.get(key + c));
                    dK.add(key + c, dScore * q.get(at + c));
                }
            }
        });
    }

    private static double[] scores(Op.Attention op, long query, int head, long keyFrom, int first, int last) {
        Floats q = new Floats(op.q());
        Floats k = new Floats(op.k());
        long d = op.headDim();
        int keyWidth = op.k().columns();
        int group = op.q().columns() / keyWidth;
        double[] scores = new double[last - first + 1];
        for (int j = first; j <= last; j++) {
            double dot = 0;
            for (int c = 0; c < d; c++) {
                dot += (double) q.get(query * op.q().columns() + head * d + c)
                        * k.get((keyFrom + j) * keyWidth + (head / group) * d + c);
            }
            scores[j - first] = op.bf16() ? Rounding.bf16(Rounding.bf16((float) dot) * op.scale()) : dot * op.scale();
        }
        return scores;
    }

    private interface QueryAction {
        /** One query row and head, and the range of keys that it sees, counted from row {@code keyFrom}. */
        void apply(long query, int head, long keyFrom, int first, int last);
    }

    private static void forEachQuery(Op.Attention op, QueryAction action) {
        Segments segments = op.segments();
        int heads = op.q().columns() / op.headDim();
        for (int s = 0; s < segments.count(); s++) {
            int past = segments.keyLength()[s] - segments.queryLength()[s];
            for (int i = 0; i < segments.queryLength()[s]; i++) {
                int last = past + i;
                int first = op.window() == 0 ? 0 : Math.max(0, last - op.window() + 1);
                for (int head = 0; head < heads; head++) {
                    action.apply(segments.queryStart()[s] + i, head, segments.keyStart()[s], first, last);
                }
            }
        }
    }
}
