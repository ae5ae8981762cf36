package dev.errata.model.family;

import java.util.Map;

/**
 * Gemma 2 in double precision and plain loops, one token row at a time and every key anew: what transformers'
 * modeling_gemma2.py computes, without our operators.
 */
final class PlainGemma2 {
    private final int hidden;
    private final int heads;
    private final int keyHeads;
    private final int headDim;
    private final int inner;
    private final int window;
    private final double attentionCap;
    private final double logitCap;
    private final double scalar;
    private final Map<String, float[]> weights;

    PlainGemma2(
            int hidden,
            int heads,
            int keyHeads,
            int headDim,
            int inner,
            int window,
            double attentionCap,
            double logitCap,
            double scalar,
            Map<String, float[]> weights) {
        this.hidden = hidden;
        this.heads = heads;
        this.keyHeads = keyHeads;
        this.headDim = headDim;
        this.inner = inner;
        this.window = window;
        this.attentionCap = attentionCap;
        this.logitCap = logitCap;
        this.scalar = scalar;
        this.weights = weights;
    }

    /** Logits of each token. */
    double[][] logits(int[] ids, int layers) {
        double[][] x = new double[ids.length][hidden];
        float[] table = weights.get("model.embed_tokens.weight");
        for (int t = 0; t < ids.length; t++) {
            for (int c = 0; c < hidden; c++) {
                x[t][c] = table[ids[t] * hidden + c] * Math.sqrt(hidden);
            }
        }
        for (int layer = 0; layer < layers; layer++) {
            String at = "model.layers." + layer + ".";
            double[][] normed = each(x, row -> norm(row, at + "input_layernorm"));
            double[][] mixed = attention(normed, at + "self_attn.", layer % 2 == 0 ? window : ids.length);
            add(x, each(mixed, row -> norm(row, at + "post_attention_layernorm")));
            double[][] fed = each(x, row -> feedForward(norm(row, at + "pre_feedforward_layernorm"), at + "mlp."));
            add(x, each(fed, row -> norm(row, at + "post_feedforward_layernorm")));
        }
        return each(x, row -> {
            double[] logits = times("model.embed_tokens", norm(row, "model.norm"));
            for (int v = 0; v < logits.length; v++) {
                logits[v] = logitCap * Math.tanh(logits[v] / logitCap);
            }
            return logits;
        });
    }

    private interface RowFunction {
        double[] of(double[] row);
    }

    private static double[][] each(double[][] rows, RowFunction function) {
        double[][] results = new double[rows.length][];
        for (int t = 0; t < rows.length; t++) {
            results[t] = function.of(rows[t]);
        }
        return results;
    }

    private static void add(double[][] to, double[][] from) {
        for (int t = 0; t < to.length; t++) {
            for (int c = 0; c < to[t].length; c++) {
                to[t][c] += from[t][c];
            }
        }
    }

    private double[] norm(double[] x, String name) {
        float[] weight = weights.get(name + ".weight");
        double squares = 0;
        for (double value : x) {
            squares += value * value;
        }
        double[] y = new double[x.length];
        for (int c = 0; c < x.length; c++) {
            y[c] = x[c] / Math.sqrt(squares / x.length + 1e-6) * (1 + (double) weight[c]);
        }
        return y;
    }

    private double[] times(String name, double[] x) {
        float[] weight = weights.get(name + ".weight");
        double[] y = new double[weight.length / x.length];
        for (int row = 0; row < y.length; row++) {
            for (int c = 0; c < x.length; c++) {
                y[row] += weight[row * x.length + c] * x[c];
            }
        }
        return y;
    }

    private double[] feedForward(double[] x, String at) {
        double[] gate = times(at + "gate_proj", x);
        double[] up = times(at + "up_proj", x);
        for (int i = 0; i < inner; i++) {
            double g = gate[i];
            up[i] *= 0.5 * g * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (g + 0.044715 * g * g * g)));
        }
        return times(at + "down_proj", up);
    }

    private double[][] attention(double[][] x, String at, int seen) {
        double[][] q = each(x, row -> times(at + "q_proj", row));
        double[][] k = each(x, row -> times(at + "k_proj", row));
        double[][] v = each(x, row -> times(at + "v_proj", row));
        for (int t = 0; t < x.length; t++) {
            turn(q[t], t);
            turn(k[t], t);
        }
        double[][] mixed = new double[x.length][heads * headDim];
        for (int t = 0; t < x.length; t++) {
            for (int head = 0; head < heads; head++) {
                int of = head / (heads / keyHeads) * headDim;
                double[] p = new double[t + 1];
                double sum = 0;
                for (int s = Math.max(0, t - seen + 1); s <= t; s++) {
                    double dot = 0;
                    for (int d = 0; d < headDim; d++) {
                        dot += q[t][head * headDim + d] * k[s][of + d];
                    }
                    p[s] = Math.exp(attentionCap * Math.tanh(dot / Math.sqrt(scalar) / attentionCap));
                    sum += p[s];
                }
                for (int s = 0; s <= t; s++) {
                    for (int d = 0; d < headDim; d++) {
                        mixed[t][head * headDim + d] += p[s] / sum * v[s][of + d];
                    }
                }
            }
        }
        return each(mixed, row -> times(at + "o_proj", row));
    }

    private void turn(double[] row, int position) {
        int half = headDim / 2;
        for (int head = 0; head < row.length; head += headDim) {
            for (int i = 0; i < half; i++) {
                double angle = position * Math.pow(10000, -2.0 * i / headDim);
                double a = row[head + i];
                double b = row[head + half + i];
                row[head + i] = a * Math.cos(angle) - b * Math.sin(angle);
                row[head + half + i] = b * Math.cos(angle) + a * Math.sin(angle);
            }
        }
    }
}
