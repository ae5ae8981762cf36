package dev.errata.tensor.check;

import static dev.errata.tensor.DType.BF16;
import static dev.errata.tensor.DType.F32;

import dev.errata.tensor.Activation;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.check.OperatorCase.Inputs;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * Operators on BF16 tensors, and on BF16 and F32 ones together. What they compute is f32 inside and rounded where it is
 * stored and where {@link Op} says; so f32 results that differ by an ulp become neighbours now and then
 * ({@link OperatorCase#difference}). Where the steps before a rounding are the reference's own, results are exact.
 */
final class Bf16Cases {
    private static final double SUMS = 1e-5;
    private static final double ROUNDINGS = 1e-6;
    private static final double EXACT = 0;
    /** A sum in another order may fall on the other side of the middle between two bf16 values. */
    private static final double STORED = 1 / 128.0;

    private final List<OperatorCase> cases = new ArrayList<>();

    private Bf16Cases() {}

    /** Elementwise operators of so many elements. */
    static List<OperatorCase> elementwise(int n) {
        Bf16Cases table = new Bf16Cases();
        table.ofElements(n);
        return table.cases;
    }

    /** Operators on n rows of c elements. */
    static List<OperatorCase> rows(int n, int c) {
        Bf16Cases table = new Bf16Cases();
        table.ofRows(n, c);
        table.ofColumns(n, c);
        for (int headDim : new int[] {2, 6, 34, 64}) {
            table.rope(n, headDim);
        }
        return table.cases;
    }

    /** Products of BF16 and F32 factors, c [m, n] over k. */
    static List<OperatorCase> products(int m, int n, int k) {
        Bf16Cases table = new Bf16Cases();
        table.ofFactors(m, n, k);
        return table.cases;
    }

    private void add(String name, double tolerance, Function<Inputs, Op> build) {
        cases.add(new OperatorCase("bf16 " + name, tolerance, in -> build.apply(in.in(BF16))));
    }

    private void ofFactors(int m, int n, int k) {
        DType[][] types = {{BF16, BF16, BF16}, {BF16, F32, F32}, {F32, BF16, BF16}, {F32, F32, BF16}};
        for (DType[] t : types) {
            for (int flags = 0; flags < 8; flags++) {
                boolean left = (flags & 1) != 0;
                boolean right = (flags & 2) != 0;
                boolean accumulate = (flags & 4) != 0;
                String name = "matmul " + m + "x" + n + "x" + k + " of " + t[0] + " and " + t[1] + " to " + t[2]
                        + (left ? " aT" : "") + (right ? " bT" : "") + (accumulate ? " +=" : "");
                add(name, t[2] == BF16 ? STORED : SUMS, in -> {
                    Tensor a = left ? in.in(t[0]).normal(k, m) : in.in(t[0]).normal(m, k);
                    Tensor b = right ? in.in(t[1]).normal(n, k) : in.in(t[1]).normal(k, n);
                    Tensor c = in.in(t[2]).output(m, n);
                    return new Op.MatMul(a, b, c, left, right, accumulate ? 0.75f : 1, accumulate);
                });
            }
        }
    }

    private void ofElements(int n) {
        String size = " of " + n;
        add("fill" + size, EXACT, in -> new Op.Fill(in.output(n), 1 / 3f));
        add("add" + size, EXACT, in -> new Op.Add(in.normal(n), in.normal(n), in.output(n)));
        add("add in place" + size, EXACT, in -> {
            Tensor a = in.output(n);
            return new Op.Add(a, in.normal(n), a);
        });
        add("add to f32" + size, EXACT, in -> {
            Tensor b = in.normal(n);
            Tensor a = in.in(F32).output(n);
            return new Op.Add(a, b, a);
        });
        add("scale" + size, EXACT, in -> new Op.Scale(in.output(n), 0.3f));
        for (Activation activation : Activation.values()) {
            add(
                    activation + size,
                    ROUNDINGS,
                    in -> new Op.GatedActivation(in.normal(n), in.normal(n), activation, in.output(n)));
            add(
                    activation + " backward" + size,
                    ROUNDINGS,
                    in -> new Op.GatedActivationBackward(
                            in.normal(n), in.normal(n), activation, in.normal(n), in.output(n), in.output(n)));
        }
        add("soft cap" + size, ROUNDINGS, in -> new Op.SoftCap(in.normal(n), 1.5f, in.output(n)));
        add(
                "soft cap backward" + size,
                ROUNDINGS,
                in -> new Op.SoftCapBackward(in.normal(n), 1.5f, in.normal(n), in.output(n)));
        add("dropout" + size, EXACT, in -> new Op.Dropout(in.normal(n), in.output(n), 0.3f, -5, 1L << 40));
        add("sum of squares" + size, 1e-12, in -> new Op.SumSquares(in.normal(n), in.compared(in.doubles(2)), true));
    }

    private void ofRows(int n, int c) {
        String size = " " + n + "x" + c;
        for (DType weights : List.of(BF16, F32)) {
            String with = size + ", " + weights + " weight";
            add("rms norm" + with, ROUNDINGS, in -> {
                Tensor weight = in.in(weights).normal(c);
                Tensor rstd = in.in(F32).output(n);
                in.in(BF16);
                return new Op.RmsNorm(in.normal(n, c), weight, 1e-5f, in.output(n, c), rstd);
            });
            add("rms norm with an offset" + with, ROUNDINGS, in -> {
                Tensor weight = in.in(weights).normal(c);
                Tensor rstd = in.in(F32).output(n);
                in.in(BF16);
                return new Op.RmsNorm(in.normal(n, c), weight, 1, 1e-5f, in.output(n, c), rstd);
            });
            add("rms norm of each head backward" + with, SUMS, in -> {
                Tensor weight = in.in(weights).normal(c);
                Tensor rstd = in.in(F32).positive(3L * n);
                Tensor dWeight = in.output(c);
                in.in(BF16);
                return new Op.RmsNormBackward(
                        in.normal(n, 3L * c),
                        weight,
                        1,
                        rstd,
                        in.normal(n, 3L * c),
                        in.output(n, 3L * c),
                        true,
                        dWeight);
            });
            add("rms norm backward, frozen" + with, SUMS, in -> {
                Tensor weight = in.in(weights).normal(c);
                Tensor rstd = in.in(F32).positive(n);
                in.in(BF16);
                return new Op.RmsNormBackward(
                        in.normal(n, c), weight, 0, rstd, in.normal(n, c), in.output(n, c), false, null);
            });
        }
        add("embedding backward in bf16" + size, EXACT, in -> {
            Tensor dOut = in.normal(n, c);
            return new Op.EmbeddingBackward(in.distinct(50, n), dOut, in.output(50, c));
        });
        add("embedding backward" + size, EXACT, in -> {
            Tensor dOut = in.normal(n, c);
            return new Op.EmbeddingBackward(in.ids(9, n), dOut, in.in(F32).output(9, c));
        });
        for (DType out : List.of(BF16, F32)) {
            add("columns to " + out + size, EXACT, in -> {
                Tensor x = in.normal(n, 3L * c);
                return new Op.SliceColumns(x, c, in.in(out).output(n, c));
            });
            add("columns back to " + out + size, EXACT, in -> {
                Tensor dOut = in.normal(n, c);
                return new Op.SliceColumnsBackward(dOut, c, in.in(out).output(n, 3L * c));
            });
            add("gather to " + out + size, EXACT, in -> {
                Tensor x = in.normal(50, c);
                return new Op.GatherRows(x, in.ids(50, n), in.in(out).output(n, c));
            });
            for (boolean accumulate : new boolean[] {false, true}) {
                add("scatter to " + out + size + (accumulate ? " +=" : ""), EXACT, in -> {
                    Tensor x = in.normal(n, c);
                    Tensor rows = in.distinct(50, n);
                    return new Op.ScatterRows(x, rows, in.in(out).output(50, c), accumulate);
                });
            }
        }
        add("cross-entropy with its gradient" + size, ROUNDINGS, in -> {
            Tensor logits = in.output(n, c);
            return new Op.CrossEntropy(logits, in.ids(c, n), in.in(F32).output(n), logits, 0.25f);
        });
        add("cross-entropy of a large vocabulary" + size, ROUNDINGS, in -> {
            Tensor logits = in.normal(n, 10 * c + 4099);
            Tensor dLogits = in.output(n, 10 * c + 4099);
            return new Op.CrossEntropy(logits, in.ids(c, n), in.in(F32).output(n), dLogits, 1);
        });
    }

    private void ofColumns(int n, int c) {
        String size = " " + n + "x" + c;
        add("add bias" + size, EXACT, in -> new Op.AddBias(in.output(n, c), in.normal(c)));
        add("add bias backward" + size, SUMS, in -> new Op.AddBiasBackward(in.normal(n, c), in.output(c)));
        add("add f32 bias backward" + size, SUMS, in -> {
            Tensor dOut = in.normal(n, c);
            return new Op.AddBiasBackward(dOut, in.in(F32).output(c));
        });
        add("scale columns" + size, ROUNDINGS, in -> {
            Tensor x = in.normal(n, c);
            Tensor out = in.output(n, c);
            in.in(F32);
            return new Op.ScaleColumns(x, in.normal(c), in.positive(c), false, out);
        });
        add("scale columns backward" + size, SUMS, in -> {
            Tensor x = in.normal(n, c);
            Tensor dOut = in.normal(n, c);
            Tensor dX = in.output(n, c);
            in.in(F32);
            Op.ScaleColumns forward = new Op.ScaleColumns(x, in.normal(c), in.positive(c), true, null);
            return new Op.ScaleColumnsBackward(forward, dOut, dX, n % 2 == 1, in.output(c));
        });
    }

    private void rope(int n, int headDim) {
        for (DType angles : List.of(BF16, F32)) {
            for (boolean inverse : new boolean[] {false, true}) {
                String name = "rope " + n + " head " + headDim + (inverse ? " back" : "") + ", " + angles + " angles";
                add(name, EXACT, in -> {
                    Tensor cos = in.in(angles).normal(11, headDim / 2);
                    Tensor sin = in.normal(11, headDim / 2);
                    Tensor x = in.in(BF16).output(n, 3L * headDim);
                    return new Op.Rope(x, cos, sin, in.ids(11, n), headDim, inverse);
                });
            }
        }
    }
}
