package dev.errata.tensor.reference;

import dev.errata.tensor.Op;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.Tensor;

/** Causal softmax attention with grouped key/value heads over packed sequences, and its gradient. */
final class CausalAttention {
    private final Op.Attention op;
    private final KeyRows rows;
    private final Floats q;
    private final Floats k;
    private final Floats v;
    private final Floats out;
    private final Floats lse;
    private final int d;
    private final int width;
    private final int keyWidth;
    private final int heads;
    private final int group;

    private CausalAttention(Op.Attention op) {
        this.op = op;
        rows = new KeyRows(op);
        q = new Floats(op.q());
        k = new Floats(op.k());
        v = new Floats(op.v());
        out = new Floats(op.out());
        lse = new Floats(op.lse());
        d = op.headDim();
        width = op.q().columns();
        keyWidth = op.k().columns();
        heads = op.heads();
        group = heads / op.keyHeads();
    }

    static void forward(Op.Attention op) {
        CausalAttention attention = new CausalAttention(op);
        attention.forEachQuery(attention::forward);
    }

    private void forward(int sequence, long query, int head, int first, int last) {
        double[] scores = scores(sequence, query, head, first, last);
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
        double[] mixed = new double[d];
        for (int j = first; j <= last; j++) {
            double exact = StrictMath.exp(scores[j - first] - logSum);
            double p = op.rounds() ? Rounding.bf16((float) exact) : exact;
            long value = keyAt(sequence, j, head);
            for (int c = 0; c < d; c++) {
                mixed[c] += p * v.get(value + c);
            }
        }
        for (int c = 0; c < d; c++) {
            out.set(query * width + (long) head * d + c, (float) mixed[c]);
        }
    }

    static void backward(Op.AttentionBackward op) {
        CausalAttention attention = new CausalAttention(op.forward());
        Floats dOut = new Floats(op.dOut());
        float[] dQ = new float[Math.toIntExact(op.dQ().elements())];
        float[] dK = new float[Math.toIntExact(op.dK().elements())];
        float[] dV = new float[Math.toIntExact(op.dV().elements())];
        attention.forEachQuery((sequence, query, head, first, last) ->
                attention.backward(dOut, dQ, dK, dV, sequence, query, head, first, last));
        store(dQ, op.dQ());
        store(dK, op.dK());
        store(dV, op.dV());
    }

    private void backward(
            Floats dOut, float[] dQ, float[] dK, float[] dV, int sequence, long query, int head, int first, int last) {
        int at = Math.toIntExact(query * width + (long) head * d);
        double delta = 0;
        for (int c = 0; c < d; c++) {
            delta += (double) dOut.get(at + c) * out.get(at + c);
        }
        double[] scores = scores(sequence, query, head, first, last);
        for (int j = first; j <= last; j++) {
            int key = Math.toIntExact(keyAt(sequence, j, head));
            double score = scores[j - first];
            float p = (float) StrictMath.exp(score - lse.get(query * heads + head));
            double dP = 0;
            for (int c = 0; c < d; c++) {
                dP += (double) dOut.get(at + c) * v.get(key + c);
                dV[key + c] += p * dOut.get(at + c);
            }
            double slope = op.softCap() == 0 ? 1 : 1 - score / op.softCap() * (score / op.softCap());
            float dScore = (float) (p * (dP - delta) * slope) * op.scale();
            for (int c = 0; c < d; c++) {
                dQ[at + c] += dScore * k.get(key + c);
                dK[key + c] += dScore * q.get(at + c);
            }
        }
    }

    private static void store(float[] values, Tensor tensor) {
        Floats floats = new Floats(tensor);
        for (int i = 0; i < values.length; i++) {
            floats.set(i, values[i]);
        }
    }

    private double[] scores(int sequence, long query, int head, int first, int last) {
        double[] scores = new double[last - first + 1];
        for (int j = first; j <= last; j++) {
            double dot = 0;
            long key = keyAt(sequence, j, head);
            for (int c = 0; c < d; c++) {
                dot += (double) q.get(query * width + (long) head * d + c) * k.get(key + c);
            }
            scores[j - first] = score(dot);
        }
        return scores;
    }

    private double score(double dot) {
        float cap = op.softCap();
        if (!op.rounds()) {
            double scaled = dot * op.scale();
            return cap == 0 ? scaled : cap * StrictMath.tanh(scaled / cap);
        }
        float scaled = Rounding.bf16(Rounding.bf16((float) dot) * op.scale());
        if (cap == 0) {
            return scaled;
        }
        float bent = Rounding.bf16((float) StrictMath.tanh(Rounding.bf16(scaled / cap)));
        return Rounding.bf16(bent * cap);
    }

    /** The first element that a query head reads of a key's or value's row. */
    private long keyAt(int sequence, int j, int head) {
        return rows.keyRow(sequence, j) * keyWidth + (long) (head / group) * d;
    }

    private interface QueryAction {
        /** One query row and head, and the keys that it sees. */
        void apply(int sequence, long query, int head, int first, int last);
    }

    private void forEachQuery(QueryAction action) {
        for (int s = 0; s < op.segments().count(); s++) {
            int past = rows.keys(s) - rows.queries(s);
            for (int i = 0; i < rows.queries(s); i++) {
                int last = past + i;
                int first = op.window() == 0 ? 0 : Math.max(0, last - op.window() + 1);
                for (int head = 0; head < heads; head++) {
                    action.apply(s, rows.queryRow(s, i), head, first, last);
                }
            }
        }
    }
}
