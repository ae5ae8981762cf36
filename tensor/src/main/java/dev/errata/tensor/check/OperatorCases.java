package dev.errata.tensor.check;

import dev.errata.tensor.Activation;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.TokenHistory;
import dev.errata.tensor.Weight;
import dev.errata.tensor.check.OperatorCase.Inputs;
import dev.errata.tensor.sampling.SampleRequest;
import dev.errata.tensor.sampling.SamplerSettings;
import dev.errata.tensor.sampling.SamplingState;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Every operator at sizes that hit whole tiles, ragged tails, one element and none.
 *
 * <p>Tolerances: a sum of k f32 products of normal numbers differs from the double sum by about √k · 2⁻²⁴ of its own size,
 * so 1e-5 of the largest element holds for k to some thousand with room. Elementwise operators may be off by a few
 * roundings of 6e-8, exponentials by 2 ulp. What only copies, or does the reference's operations in its order, is exact.
 */
public final class OperatorCases {
    private static final double SUMS = 1e-5;
    private static final double ROUNDINGS = 1e-6;
    private static final double EXACT = 0;
    private static final List<DType> FLOATS = List.of(DType.F32, DType.BF16, DType.F16);
    private static final int[] LENGTHS = {0, 1, 15, 16, 17, 1000, 16384, 40001};
    private static final int[][] PRODUCTS = {
        {0, 5, 7},
        {5, 0, 7},
        {3, 4, 0},
        {1, 1, 1},
        {1, 50, 33},
        {2, 31, 16},
        {3, 3, 3},
        {5, 7, 600},
        {12, 32, 256},
        {13, 33, 257},
        {16, 65, 100},
        {17, 70, 300},
        {40, 1, 5},
        {97, 300, 70},
        {25, 2100, 20},
        {200, 90, 513}
    };

    private final List<OperatorCase> cases = new ArrayList<>();

    private OperatorCases() {}

    /** Tiny cases, for the interpreter, which takes microseconds for each vector operation. */
    public static List<OperatorCase> tiny() {
        OperatorCases table = new OperatorCases();
        table.elementwise(19);
        table.eightBitUpdates(19);
        table.lion(19);
        table.eightBitUpdates(275);
        table.products(2, 5, 35);
        table.products(18, 3, 20);
        table.cases.addAll(Bf16Cases.products(3, 5, 20));
        table.rows(3, 17);
        table.cases.addAll(new WeightCases(new int[][] {{5, 52, 32}}, 1, 17).all());
        table.magnitudes(new int[][] {{5, 52, 32}});
        table.dropoutLinear(5, 52, 3);
        table.cases.addAll(AttentionCases.tiny());
        return table.cases.stream()
                .filter(operator -> !operator.name().contains("large"))
                .toList();
    }

    public static List<OperatorCase> all() {
        OperatorCases table = new OperatorCases();
        for (int length : LENGTHS) {
            table.elementwise(length);
            table.eightBitUpdates(length);
            table.lion(length);
        }
        for (int[] size : PRODUCTS) {
            table.products(size[0], size[1], size[2]);
        }
        for (int[] size : new int[][] {{0, 5, 7}, {1, 1, 1}, {17, 70, 40}, {40, 9, 300}, {9, 300, 24}}) {
            table.cases.addAll(Bf16Cases.products(size[0], size[1], size[2]));
        }
        for (int[] size : new int[][] {{0, 8}, {1, 1}, {3, 17}, {20, 64}, {37, 577}}) {
            table.rows(size[0], size[1]);
        }
        int[][] weights = {
            {7, 64, 64}, {70, 128, 64}, {33, 100, 64}, {5, 51, 32}, {40, 320, 128}, {300, 17, 64}, {1, 3, 64}
        };
        int[][] frozen = {{7, 64, 64}, {70, 128, 64}, {33, 100, 64}, {40, 320, 128}, {300, 17, 64}};
        table.cases.addAll(new WeightCases(frozen, 0, 1, 3, 16, 17, 200).all());
        table.magnitudes(weights);
        table.magnitudes(new int[][] {{17, 1100, 64}, {0, 8, 32}});
        for (int[] size : new int[][] {{0, 8, 4}, {1, 1, 1}, {3, 67, 5}, {40, 576, 64}, {300, 130, 17}}) {
            table.dropoutLinear(size[0], size[1], size[2]);
        }
        table.cases.addAll(AttentionCases.all());
        table.sampling();
        table.lastTokens(0, 0, 4, 1);
        table.lastTokens(1, 1, 1, 1);
        table.lastTokens(70, 41, 5, 3);
        table.lastTokens(300, 300, 64, 1);
        return table.cases;
    }

    /** Every operator at awkward sizes that are still small, for a simulated device, which takes its time. */
    public static List<OperatorCase> small() {
        OperatorCases table = new OperatorCases();
        for (int length : new int[] {0, 1, 33, 515}) {
            table.elementwise(length);
            table.eightBitUpdates(length);
            table.lion(length);
        }
        for (int[] size :
                new int[][] {{0, 5, 7}, {5, 0, 7}, {3, 4, 0}, {1, 1, 1}, {2, 31, 16}, {17, 70, 40}, {65, 9, 130}}) {
            table.products(size[0], size[1], size[2]);
        }
        for (int[] size : new int[][] {{0, 5, 7}, {3, 90, 8}, {18, 8, 40}, {9, 7, 300}}) {
            table.cases.addAll(Bf16Cases.products(size[0], size[1], size[2]));
        }
        for (int[] size : new int[][] {{0, 8}, {1, 1}, {3, 17}, {20, 64}}) {
            table.rows(size[0], size[1]);
        }
        int[][] weights = {{7, 64, 64}, {33, 100, 64}, {5, 51, 32}, {1, 3, 64}};
        table.cases.addAll(new WeightCases(new int[][] {{7, 64, 64}, {5, 51, 32}}, 1, 3, 9).all());
        table.magnitudes(weights);
        for (int[] size : new int[][] {{0, 8, 4}, {1, 1, 1}, {3, 67, 5}, {40, 64, 17}}) {
            table.dropoutLinear(size[0], size[1], size[2]);
        }
        table.cases.addAll(AttentionCases.small());
        table.sampling();
        table.lastTokens(0, 0, 4, 1);
        table.lastTokens(1, 1, 1, 1);
        table.lastTokens(70, 41, 5, 3);
        table.lastTokens(300, 300, 64, 1);
        return table.cases;
    }

    private void add(String name, double tolerance, java.util.function.Function<Inputs, Op> build) {
        cases.add(new OperatorCase(name, tolerance, build));
    }

    private void elementwise(int n) {
        cases.addAll(Bf16Cases.elementwise(n));
        String size = " of " + n;
        add("fill" + size, EXACT, in -> new Op.Fill(in.output(n), 3.5f));
        add("add" + size, EXACT, in -> new Op.Add(in.normal(n), in.normal(n), in.output(n)));
        add("add in place" + size, EXACT, in -> {
            Tensor a = in.output(n);
            return new Op.Add(a, in.normal(n), a);
        });
        add("scale" + size, EXACT, in -> new Op.Scale(in.output(n), 0.3f));
        for (DType from : FLOATS) {
            for (DType to : FLOATS) {
                add(
                        "copy " + from + " to " + to + size,
                        EXACT,
                        in -> new Op.Copy(in.in(from).normal(n), in.in(to).output(n)));
            }
        }
        for (Activation activation : Activation.values()) {
            add(
                    activation + " gate" + size,
                    ROUNDINGS,
                    in -> new Op.GatedActivation(in.normal(n), in.normal(n), activation, in.output(n)));
            add(
                    activation + " gate backward" + size,
                    ROUNDINGS,
                    in -> new Op.GatedActivationBackward(
                            in.normal(n), in.normal(n), activation, in.normal(n), in.output(n), in.output(n)));
        }
        for (float cap : new float[] {0.25f, 30}) {
            add("soft cap " + cap + size, ROUNDINGS, in -> new Op.SoftCap(in.normal(n), cap, in.output(n)));
            add(
                    "soft cap " + cap + " backward" + size,
                    ROUNDINGS,
                    in -> new Op.SoftCapBackward(in.normal(n), cap, in.normal(n), in.output(n)));
        }
        add("soft cap in place" + size, ROUNDINGS, in -> {
            Tensor x = in.output(n);
            return new Op.SoftCap(x, 1.5f, x);
        });
        add("dropout" + size, EXACT, in -> new Op.Dropout(in.normal(n), in.output(n), 0.3f, -5, 1L << 40));
        // Sums of positive doubles in two orders: some roundings of 1e-16 in thousands.
        add("sum of squares" + size, 1e-12, in -> new Op.SumSquares(in.normal(n), in.compared(in.doubles(2)), true));
        add(
                "sum of squares anew" + size,
                1e-12,
                in -> new Op.SumSquares(in.normal(n), in.compared(in.doubles(2)), false));
        add(
                "adamw" + size,
                EXACT,
                in -> new Op.AdamWStep(
                        in.output(n),
                        in.normal(n),
                        in.output(n),
                        in.compared(in.positive(n)),
                        1e-3,
                        0.9,
                        0.999,
                        1e-8,
                        0.01,
                        3,
                        0.5f));
    }

    /** A mix of zeros has no sign. */
    private void lion(int n) {
        add(
                "lion of " + n,
                EXACT,
                in -> new Op.LionStep(in.output(n), in.normal(n), in.output(n), 1e-3, 0.9, 0.99, 0.01, 0.5f));
        add("lion with nothing to go by of " + n, EXACT, in -> {
            Tensor means = in.compared(in.floats(new float[n], n));
            return new Op.LionStep(in.output(n), in.floats(new float[n], n), means, 1e-3, 0.9, 0.99, 0.01, 1);
        });
    }

    /** The map from 0.75 is so fine that many codes share the upper bits of their floats. */
    private void eightBitUpdates(int n) {
        for (float lowest : new float[] {0, 0.75f}) {
            add(
                    "adamw with 8-bit states of " + n + ", second map from " + lowest,
                    EXACT,
                    in -> new Op.AdamW8bitStep(
                            in.output(n),
                            in.normal(n),
                            in.eightBit(n, -1),
                            in.eightBit(n, lowest),
                            1e-3,
                            0.9,
                            0.999,
                            1e-8,
                            0.01,
                            3,
                            0.5f));
        }
    }

    private void products(int m, int n, int k) {
        for (int flags = 0; flags < 8; flags++) {
            boolean left = (flags & 1) != 0;
            boolean right = (flags & 2) != 0;
            boolean accumulate = (flags & 4) != 0;
            String name = "matmul " + m + "x" + n + "x" + k + (left ? " aT" : "") + (right ? " bT" : "")
                    + (accumulate ? " +=" : "");
            add(name, SUMS, in -> {
                Tensor a = left ? in.normal(k, m) : in.normal(m, k);
                Tensor b = right ? in.normal(n, k) : in.normal(k, n);
                return new Op.MatMul(a, b, in.output(m, n), left, right, accumulate ? 0.75f : 1, accumulate);
            });
        }
    }

    private void rows(int n, int c) {
        cases.addAll(Bf16Cases.rows(n, c));
        String size = " " + n + "x" + c;
        add(
                "rms norm" + size,
                ROUNDINGS,
                in -> new Op.RmsNorm(in.normal(n, c), in.normal(c), 1e-5f, in.output(n, c), in.output(n)));
        add(
                "rms norm with an offset" + size,
                ROUNDINGS,
                in -> new Op.RmsNorm(in.normal(n, c), in.normal(c), 1, 1e-5f, in.output(n, c), in.output(n)));
        add(
                "rms norm of each head" + size,
                ROUNDINGS,
                in -> new Op.RmsNorm(
                        in.normal(n, 3L * c), in.normal(c), 1e-5f, in.output(n, 3L * c), in.output(3L * n)));
        add(
                "rms norm of each head backward" + size,
                SUMS,
                in -> new Op.RmsNormBackward(
                        in.normal(n, 3L * c),
                        in.normal(c),
                        0,
                        in.positive(3L * n),
                        in.normal(n, 3L * c),
                        in.output(n, 3L * c),
                        true,
                        in.output(c)));
        for (boolean accumulate : new boolean[] {false, true}) {
            add(
                    "rms norm backward" + size + (accumulate ? " +=" : " frozen weight"),
                    SUMS,
                    in -> new Op.RmsNormBackward(
                            in.normal(n, c),
                            in.normal(c),
                            accumulate ? 1 : 0,
                            in.positive(n),
                            in.normal(n, c),
                            in.output(n, c),
                            accumulate,
                            accumulate ? in.output(c) : null));
        }
        add("add bias" + size, EXACT, in -> new Op.AddBias(in.output(n, c), in.normal(c)));
        add("add bias backward" + size, SUMS, in -> new Op.AddBiasBackward(in.normal(n, c), in.output(c)));
        add(
                "embedding" + size,
                EXACT,
                in -> new Op.Embedding(new Weight.Dense(in.normal(9, c)), in.ids(9, n), in.output(n, c)));
        add(
                "embedding backward" + size,
                EXACT,
                in -> new Op.EmbeddingBackward(in.ids(9, n), in.normal(n, c), in.output(9, c)));
        add("gather" + size, EXACT, in -> new Op.GatherRows(in.normal(50, c), in.ids(50, n), in.output(n, c)));
        for (boolean accumulate : new boolean[] {false, true}) {
            add(
                    "scatter" + size + (accumulate ? " +=" : ""),
                    EXACT,
                    in -> new Op.ScatterRows(in.normal(n, c), in.distinct(50, n), in.output(50, c), accumulate));
        }
        for (int from : new int[] {0, 1, c + 3}) {
            String window = size + " from " + from;
            add(
                    "slice of columns" + window,
                    EXACT,
                    in -> new Op.SliceColumns(in.normal(n, 2L * c + 3), from, in.output(n, c)));
            add(
                    "slice of columns backward" + window,
                    EXACT,
                    in -> new Op.SliceColumnsBackward(in.normal(n, c), from, in.output(n, 2L * c + 3)));
        }
        for (boolean gradient : new boolean[] {false, true}) {
            add("cross-entropy" + size + (gradient ? " with gradient" : ""), ROUNDINGS, in -> {
                Tensor logits = gradient ? in.output(n, c) : in.normal(n, c);
                return new Op.CrossEntropy(logits, in.ids(c, n), in.output(n), gradient ? logits : null, 0.25f);
            });
        }
        add(
                "cross-entropy of a large vocabulary" + size,
                ROUNDINGS,
                in -> new Op.CrossEntropy(
                        in.normal(n, 10 * c + 4099), in.ids(c, n), in.output(n), in.output(n, 10 * c + 4099), 1));
        for (int headDim : new int[] {2, 6, 34, 64}) {
            for (boolean inverse : new boolean[] {false, true}) {
                add(
                        "rope" + size + " head " + headDim + (inverse ? " back" : ""),
                        ROUNDINGS,
                        in -> new Op.Rope(
                                in.output(n, 3L * headDim),
                                in.normal(11, headDim / 2),
                                in.normal(11, headDim / 2),
                                in.ids(11, n),
                                headDim,
                                inverse));
            }
        }
        for (int[] part : new int[][] {{6, 4}, {64, 48}, {96, 32}}) {
            add(
                    "rope" + size + " of " + part[1] + " of head " + part[0],
                    ROUNDINGS,
                    in -> new Op.Rope(
                            in.output(n, 3L * part[0]),
                            in.normal(11, part[1] / 2),
                            in.normal(11, part[1] / 2),
                            in.ids(11, n),
                            part[0],
                            n % 2 == 1));
        }
    }

    private void magnitudes(int[][] weights) {
        for (int[] w : weights) {
            for (boolean flag : new boolean[] {false, true}) {
                String size = " " + w[0] + "x" + w[1] + (flag ? " less one" : "");
                add(
                        "scale columns" + size,
                        ROUNDINGS,
                        in -> new Op.ScaleColumns(
                                in.normal(w[0], w[1]),
                                in.normal(w[1]),
                                in.positive(w[1]),
                                flag,
                                in.output(w[0], w[1])));
                add(
                        "scale columns backward" + size,
                        SUMS,
                        in -> new Op.ScaleColumnsBackward(
                                new Op.ScaleColumns(
                                        in.normal(w[0], w[1]), in.normal(w[1]), in.positive(w[1]), flag, null),
                                in.normal(w[0], w[1]),
                                flag ? null : in.output(w[0], w[1]),
                                !flag && w[0] % 2 == 1,
                                flag || w[2] == 64 ? in.output(w[1]) : null));
            }
        }
    }

    /** Rows of {@code in} elements by weights of {@code out} rows. */
    private void dropoutLinear(int n, int in, int out) {
        for (DType type : new DType[] {DType.F32, DType.BF16}) {
            String size = " " + type + " " + n + "x" + in + "x" + out;
            add("dropout linear" + size, SUMS, inputs -> {
                Tensor x = inputs.in(type).normal(n, in);
                Tensor weight = inputs.in(DType.F32).normal(out, in);
                return new Op.DropoutLinear(x, weight, 0.3f, -5, 1L << 40, inputs.output(n, out));
            });
            for (boolean input : new boolean[] {true, false}) {
                add("dropout linear backward" + (input ? size : size + ", frozen input"), SUMS, inputs -> {
                    Tensor x = inputs.in(type).normal(n, in);
                    Tensor dX = input ? inputs.output(n, in) : null;
                    Tensor weight = inputs.in(DType.F32).normal(out, in);
                    return new Op.DropoutLinearBackward(
                            new Op.DropoutLinear(x, weight, 0.3f, -5, 1L << 40, null),
                            inputs.normal(n, out),
                            dX,
                            in % 2 == 1,
                            input && out == 1 ? null : inputs.output(out, in));
                });
            }
        }
    }

    private void sampling() {
        int[] history = {3, 4, 5, 3, 4, 7, 3, 4};
        int[] forbidden = {0, 5, 6, 499, 500};
        List<SamplerSettings> settings = List.of(
                SamplerSettings.GREEDY,
                SamplerSettings.OFF,
                SamplerSettings.of(0.8, 0.9),
                SamplerSettings.of(0.01, 1),
                new SamplerSettings(1.3, 7, 1, 0, 1, 1, 0),
                new SamplerSettings(1, 500, 0.5, 0, 1, 1.2, 0),
                new SamplerSettings(1, 0, 1e-9, 0, 1, 1, 0),
                new SamplerSettings(1, 0, 1, 0.2, 1, 1, 3),
                new SamplerSettings(1, 0, 1, 0, 0.4, 1, 1),
                new SamplerSettings(0.7, 40, 0.95, 0.01, 0.9, 0.8, 2),
                new SamplerSettings(0, 0, 1, 0, 1, 1.5, 2));
        for (int vocabulary : new int[] {501, 2049}) {
            for (int[] without : new int[][] {{}, forbidden}) {
                add("sampling of " + vocabulary + " without " + without.length, EXACT, in -> {
                    List<SampleRequest> requests = new ArrayList<>();
                    for (int draw = 0; draw < 5; draw++) {
                        for (SamplerSettings each : settings) {
                            requests.add(new SampleRequest(each, history, without, 1, 2, draw));
                        }
                    }
                    Tensor logits = in.normal(requests.size(), vocabulary);
                    in.also(new Op.Scale(logits, 3));
                    return sample(in, logits, requests, in.distinct(requests.size(), requests.size()), 1);
                });
            }
        }
        add("sampling of equals and huge numbers", EXACT, in -> {
            float[] row = new float[37];
            for (int i = 0; i < row.length; i++) {
                row[i] = i % 3;
            }
            row[2] = Float.NEGATIVE_INFINITY;
            row[30] = 1e30f;
            row[31] = 1e30f;
            List<SampleRequest> requests = new ArrayList<>();
            for (SamplerSettings each : settings) {
                requests.add(new SampleRequest(each, new int[] {30, 5}, 3, 4, requests.size()));
            }
            float[] table = new float[row.length * requests.size()];
            for (int i = 0; i < table.length; i++) {
                table[i] = row[i % row.length];
            }
            Tensor logits = in.floats(table, requests.size(), row.length);
            return sample(in, logits, requests, in.inOrder(requests.size()), 1);
        });
        add("sampling where a logit is NaN or nothing is left", EXACT, in -> {
            int vocabulary = 37;
            int[] all = IntStream.range(0, vocabulary).toArray();
            List<SampleRequest> requests = new ArrayList<>();
            List<float[]> rows = new ArrayList<>();
            for (SamplerSettings each : settings) {
                for (int nan : new int[] {0, 5, 36}) {
                    float[] row = new float[vocabulary];
                    row[nan] = Float.NaN;
                    rows.add(row);
                    requests.add(new SampleRequest(each, history, new int[] {5}, 3, 4, requests.size()));
                }
                float[] infinite = new float[vocabulary];
                infinite[9] = Float.POSITIVE_INFINITY;
                rows.add(infinite);
                requests.add(new SampleRequest(each, history, 3, 4, requests.size()));
                rows.add(new float[vocabulary]);
                requests.add(new SampleRequest(each, history, all, 3, 4, requests.size()));
            }
            float[] table = new float[vocabulary * rows.size()];
            for (int i = 0; i < table.length; i++) {
                table[i] = rows.get(i / vocabulary)[i % vocabulary];
            }
            Tensor logits = in.floats(table, rows.size(), vocabulary);
            return sample(in, logits, requests, in.inOrder(rows.size()), 1);
        });
        add("sampling into histories that are full", EXACT, in -> {
            List<SampleRequest> requests = new ArrayList<>();
            for (SamplerSettings each : settings) {
                requests.add(new SampleRequest(each, requests.size() % 2 == 0 ? history : new int[] {1}, 3, 4, 0));
            }
            return sample(in, in.normal(requests.size(), 37), requests, in.inOrder(requests.size()), 0);
        });
    }

    /** There is one slot more than rows. */
    private static Op sample(Inputs in, Tensor logits, List<SampleRequest> requests, Tensor slots, int room) {
        List<SampleRequest> all = new ArrayList<>(requests);
        all.add(requests.getFirst());
        SamplingState state = in.sampling(all, room);
        in.compared(state.history().ids());
        in.compared(state.history().lengths());
        Tensor out = in.compared(in.ids(3, requests.size()));
        return new Op.SampleTokens(logits, slots, state.history(), state.rules(), out);
    }

    private void lastTokens(int slots, int rows, int blockSize, int blocks) {
        add("last tokens of " + rows + " of " + slots + ", blocks of " + blockSize, EXACT, in -> {
            int capacity = blockSize * blocks;
            Tensor[] outputs = new Tensor[4];
            for (int i = 0; i < outputs.length; i++) {
                outputs[i] = in.compared(in.ids(3, rows));
            }
            TokenHistory history = new TokenHistory(
                    in.ids(99, slots * capacity).view(slots, capacity), in.idsFrom(1, capacity + 1, slots));
            return new Op.LastTokens(
                    history,
                    in.distinct(slots, rows),
                    in.distinct(rows * blocks, rows * blocks).view(rows, blocks),
                    blockSize,
                    outputs[0],
                    outputs[1],
                    outputs[2],
                    outputs[3]);
        });
    }
}
