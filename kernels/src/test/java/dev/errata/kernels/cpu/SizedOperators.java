package dev.errata.kernels.cpu;

import dev.errata.tensor.Activation;
import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.TokenHistory;
import dev.errata.tensor.Weight;
import dev.errata.tensor.ggml.GgmlType;
import dev.errata.tensor.sampling.SampleRequest;
import dev.errata.tensor.sampling.SamplerSettings;
import dev.errata.tensor.sampling.SamplingState;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.IntStream;

/**
 * Every operator that has kernels of its own, on n rows of c columns of zeros, as many as are asked for. It is made when it
 * is asked for, so that a JVM can run one and nothing else.
 */
final class SizedOperators {
    private static final int HEAD = 64;
    /** With and without upper bits, minima and scales of scales, in bytes, and one that no machine code reads. */
    private static final List<GgmlType> EIGHT_BIT_ROWS =
            List.of(GgmlType.Q4_0, GgmlType.Q5_1, GgmlType.Q8_0, GgmlType.Q4_K, GgmlType.Q6_K, GgmlType.IQ4_NL);

    /** Makes an operator on n rows of c columns, c a multiple of 256. */
    private interface Sized {
        Op at(Scope scope, int n, int c);
    }

    /** Makes a weight [c, c]. */
    private interface SizedWeight {
        Weight at(Scope scope, int c);
    }

    private final Map<String, Sized> operators = new LinkedHashMap<>();
    private final Set<String> twins = new LinkedHashSet<>();

    SizedOperators() {
        products();
        lowRank();
        weights();
        twins.addAll(operators.keySet());
        byMachineCode();
        for (DType dtype : List.of(DType.F32, DType.BF16)) {
            elementwise(dtype);
            rows(dtype);
            Set<String> others = Set.copyOf(operators.keySet());
            attention(dtype);
            if (dtype == DType.BF16) {
                operators.keySet().stream()
                        .filter(name -> !others.contains(name))
                        .forEach(twins::add);
            }
        }
        updates();
        sampling();
    }

    Set<String> names() {
        return Collections.unmodifiableSet(operators.keySet());
    }

    /** Those that machine code may compute, but the Vector API can too. */
    Set<String> namesWithTwin() {
        return Collections.unmodifiableSet(twins);
    }

    Op at(String name, Scope scope, int n, int c) {
        return operators.get(name).at(scope, n, c);
    }

    private void add(String name, Sized operator) {
        operators.put(name, operator);
    }

    private void products() {
        add("matmul", (s, n, c) -> matmul(f32(s, n, c), f32(s, c, c), f32(s, n, c), false, false));
        add("matmul, b transposed", (s, n, c) -> matmul(f32(s, n, c), f32(s, c, c), f32(s, n, c), false, true));
        add("matmul, a transposed", (s, n, c) -> matmul(f32(s, n, c), f32(s, n, c), f32(s, c, c), true, false));
        add("matmul of bf16", (s, n, c) -> {
            Tensor x = zeros(s, DType.BF16, n, c);
            return matmul(x, zeros(s, DType.BF16, c, c), zeros(s, DType.BF16, n, c), false, true);
        });
        for (int rows : new int[] {1, 3, 7}) {
            add("matmul of " + rows, (s, n, c) -> matmul(f32(s, rows, c), f32(s, c, c), f32(s, rows, c), false, true));
        }
    }

    /** Products with the matrices of a low-rank layer, of rank 16. */
    private void lowRank() {
        add("narrow product", (s, n, c) -> matmul(f32(s, n, c), f32(s, 16, c), f32(s, n, 16), false, true));
        add(
                "narrow product, a transposed",
                (s, n, c) -> matmul(f32(s, n, c), f32(s, n, 16), f32(s, c, 16), true, false));
        add("narrow layer of BF16", (s, n, c) -> {
            Tensor x = zeros(s, DType.BF16, n, c);
            return new Op.Linear(x, new Weight.Dense(f32(s, 16, c)), f32(s, n, 16), false);
        });
        add(
                "narrow product, a transposed, by BF16",
                (s, n, c) -> matmul(f32(s, n, 16), zeros(s, DType.BF16, n, c), f32(s, 16, c), true, false));
        for (DType dtype : List.of(DType.F32, DType.BF16)) {
            String of = dtype == DType.F32 ? "" : " of " + dtype;
            add("dropout linear" + of, (s, n, c) -> dropoutLinear(s, dtype, n, c));
            add("dropout linear backward" + of, (s, n, c) -> {
                Op.DropoutLinear forward = dropoutLinear(s, dtype, n, c);
                Tensor dX = zeros(s, dtype, n, c);
                return new Op.DropoutLinearBackward(forward, f32(s, n, 16), dX, true, f32(s, 16, c));
            });
        }
    }

    private static Op.DropoutLinear dropoutLinear(Scope s, DType dtype, int n, int c) {
        return new Op.DropoutLinear(zeros(s, dtype, n, c), f32(s, 16, c), 0.1f, 1, 2, f32(s, n, 16));
    }

    private static Op matmul(Tensor a, Tensor b, Tensor c, boolean transposeA, boolean transposeB) {
        return new Op.MatMul(a, b, c, transposeA, transposeB, 1, true);
    }

    private void weights() {
        for (DType dtype : List.of(DType.F32, DType.BF16, DType.F16)) {
            weight(dtype + " weight", true, (s, c) -> new Weight.Dense(zeros(s, dtype, c, c)));
        }
        weight("stored bf16 weight", false, (s, c) -> new Weight.Dense(zeros(s, DType.BF16, c, c)));
        weight("4-bit weight", true, (s, c) -> fourBit(s, c, new Weight.SingleScales(row(s, c * c / 64))));
        weight("stored 4-bit weight", false, (s, c) -> fourBit(s, c, new Weight.SingleScales(row(s, c * c / 64))));
        weight("double quantized weight", true, (s, c) -> {
            Tensor codes = zeros(s, DType.U8, c * c / 64);
            Tensor absmax = row(s, Math.ceilDiv(c * c / 64, Weight.DoubleScales.NESTED_BLOCK));
            return fourBit(s, c, new Weight.DoubleScales(codes, absmax, row(s, 256), 0));
        });
        for (GgmlType type : GgmlType.values()) {
            if (type.blockSize() > 1) {
                weight(type + " weight", true, (s, c) -> blocks(s, type, c, DType.F32));
            }
        }
    }

    private static Weight fourBit(Scope s, int c, Weight.Scales scales) {
        return new Weight.FourBit(c, c, 64, zeros(s, DType.U8, (long) c * c / 2), row(s, 16), scales, DType.BF16);
    }

    private void weight(String kind, boolean prepared, SizedWeight stored) {
        SizedWeight made = prepared ? (s, c) -> s.backend().prepare(kind, stored.at(s, c), s) : stored;
        add(kind + ", 1", (s, n, c) -> new Op.Linear(f32(s, 1, c), made.at(s, c), f32(s, 1, c), false));
        add(kind, (s, n, c) -> new Op.Linear(f32(s, n, c), made.at(s, c), f32(s, n, c), false));
        add(kind + " embedding", (s, n, c) -> new Op.Embedding(made.at(s, c), ids(s, n), f32(s, n, c)));
        if (kind.startsWith("Q") || kind.startsWith("IQ")) {
            return; // the rest is the same for all codes of few bits
        }
        for (int rows : new int[] {3, 7}) {
            add(kind + ", " + rows, (s, n, c) -> new Op.Linear(f32(s, rows, c), made.at(s, c), f32(s, rows, c), false));
        }
        add(kind + " backward", (s, n, c) -> new Op.LinearBackward(f32(s, n, c), made.at(s, c), f32(s, n, c), false));
        add(kind + " widened", (s, n, c) -> new Op.Dequantize(made.at(s, c), f32(s, c, c)));
        add(
                kind + " row norm",
                (s, n, c) -> new Op.LoraRowNorm(made.at(s, c), f32(s, 16, c), f32(s, c, 16), 2, row(s, c)));
    }

    /** What machine code computes where the processor has units for it: few rows and many, by each kind of weight. */
    private void byMachineCode() {
        bf16Rows("BF16", (s, c) -> new Weight.Dense(zeros(s, DType.BF16, c, c)));
        bf16Rows("4 bits", (s, c) -> fourBit(s, c, new Weight.SingleScales(row(s, c * c / 64))));
        for (GgmlType type : EIGHT_BIT_ROWS) {
            SizedWeight weight = (s, c) ->
                    s.backend().prepare("blocks", blocks(s, type, c, DType.F32).withEightBitRows(), s);
            String kind = "8-bit rows by " + type;
            addWithTwin(kind, (s, n, c) -> new Op.Linear(f32(s, n, c), weight.at(s, c), f32(s, n, c), false));
            addWithTwin(kind + ", 1", (s, n, c) -> new Op.Linear(f32(s, 1, c), weight.at(s, c), f32(s, 1, c), false));
        }
    }

    private void bf16Rows(String kind, SizedWeight stored) {
        SizedWeight weight = (s, c) -> s.backend().prepare(kind, stored.at(s, c), s);
        for (DType out : List.of(DType.F32, DType.BF16)) {
            addWithTwin("bf16 rows by " + kind + " into " + out, (s, n, c) -> {
                return new Op.Linear(zeros(s, DType.BF16, n, c), weight.at(s, c), zeros(s, out, n, c), true);
            });
        }
        for (int rows : new int[] {1, 3}) {
            addWithTwin("bf16 rows by " + kind + ", " + rows, (s, n, c) -> {
                Tensor x = zeros(s, DType.BF16, rows, c);
                return new Op.Linear(x, weight.at(s, c), zeros(s, DType.BF16, rows, c), false);
            });
        }
        addWithTwin("bf16 rows backward by " + kind, (s, n, c) -> {
            return new Op.LinearBackward(
                    zeros(s, DType.BF16, n, c), weight.at(s, c), zeros(s, DType.BF16, n, c), false);
        });
    }

    private static Weight.Ggml blocks(Scope s, GgmlType type, int c, DType dtype) {
        long bytes = (long) c * c / type.blockSize() * type.blockBytes();
        return new Weight.Ggml(type, c, c, zeros(s, DType.U8, bytes), dtype);
    }

    private void addWithTwin(String name, Sized operator) {
        add(name, operator);
        twins.add(name);
    }

    private void elementwise(DType dtype) {
        String of = " of " + dtype;
        add("fill" + of, (s, n, c) -> new Op.Fill(zeros(s, dtype, n, c), 0));
        add("add" + of, (s, n, c) -> new Op.Add(zeros(s, dtype, n, c), zeros(s, dtype, n, c), zeros(s, dtype, n, c)));
        add("scale" + of, (s, n, c) -> new Op.Scale(zeros(s, dtype, n, c), 2));
        for (DType to : List.of(DType.F32, DType.BF16, DType.F16)) {
            add("copy" + of + " to " + to, (s, n, c) -> new Op.Copy(zeros(s, dtype, n, c), zeros(s, to, n, c)));
        }
        for (Activation activation : Activation.values()) {
            add(activation + " gate" + of, (s, n, c) -> {
                Tensor x = zeros(s, dtype, n, c);
                return new Op.GatedActivation(x, zeros(s, dtype, n, c), activation, zeros(s, dtype, n, c));
            });
            add(activation + " gate backward" + of, (s, n, c) -> {
                Tensor[] t = tensors(s, dtype, 5, n, c);
                return new Op.GatedActivationBackward(t[0], t[1], activation, t[2], t[3], t[4]);
            });
        }
        add("soft cap" + of, (s, n, c) -> new Op.SoftCap(zeros(s, dtype, n, c), 30, zeros(s, dtype, n, c)));
        add("soft cap backward" + of, (s, n, c) -> {
            Tensor[] t = tensors(s, dtype, 3, n, c);
            return new Op.SoftCapBackward(t[0], 30, t[1], t[2]);
        });
        add("dropout" + of, (s, n, c) -> new Op.Dropout(zeros(s, dtype, n, c), zeros(s, dtype, n, c), 0.1f, 1, 2));
    }

    private void rows(DType dtype) {
        String of = " of " + dtype;
        for (float offset : new float[] {0, 1}) {
            add("rms norm from " + offset + of, (s, n, c) -> {
                Tensor x = zeros(s, dtype, n, c);
                return new Op.RmsNorm(x, row(s, c), offset, 1e-5f, zeros(s, dtype, n, c), row(s, n));
            });
            add("rms norm from " + offset + " backward" + of, (s, n, c) -> {
                Tensor[] t = tensors(s, dtype, 3, n, c);
                return new Op.RmsNormBackward(t[0], row(s, c), offset, row(s, n), t[1], t[2], true, row(s, c));
            });
        }
        add("add bias" + of, (s, n, c) -> new Op.AddBias(zeros(s, dtype, n, c), row(s, c)));
        add("add bias backward" + of, (s, n, c) -> new Op.AddBiasBackward(zeros(s, dtype, n, c), row(s, c)));
        add("scale columns" + of, (s, n, c) -> {
            Tensor x = zeros(s, dtype, n, c);
            return new Op.ScaleColumns(x, row(s, c), row(s, c), true, zeros(s, dtype, n, c));
        });
        add("scale columns backward" + of, (s, n, c) -> {
            Tensor[] t = tensors(s, dtype, 3, n, c);
            Op.ScaleColumns forward = new Op.ScaleColumns(t[0], row(s, c), row(s, c), false, null);
            return new Op.ScaleColumnsBackward(forward, t[1], t[2], true, row(s, c));
        });
        add("slice" + of, (s, n, c) -> new Op.SliceColumns(zeros(s, dtype, n, c), 65, zeros(s, dtype, n, c / 2)));
        add(
                "slice backward" + of,
                (s, n, c) -> new Op.SliceColumnsBackward(zeros(s, dtype, n, c / 2), 65, zeros(s, dtype, n, c)));
        add("gather" + of, (s, n, c) -> new Op.GatherRows(zeros(s, dtype, n, c), ids(s, n), zeros(s, dtype, n, c)));
        for (boolean adds : new boolean[] {false, true}) {
            add("scatter" + (adds ? " and add" : "") + of, (s, n, c) -> {
                Tensor rows = s.ids("rows", IntStream.range(0, n).toArray());
                return new Op.ScatterRows(zeros(s, dtype, n, c), rows, zeros(s, dtype, n, c), adds);
            });
        }
        add(
                "embedding backward" + of,
                (s, n, c) -> new Op.EmbeddingBackward(ids(s, n), zeros(s, dtype, n, c), f32(s, 9, c)));
        add("cross-entropy" + of, (s, n, c) -> {
            Tensor logits = zeros(s, dtype, n, c);
            return new Op.CrossEntropy(logits, ids(s, n), row(s, n), logits, 1);
        });
        add("rope" + of, (s, n, c) -> {
            Tensor x = zeros(s, dtype, n, c);
            return new Op.Rope(x, f32(s, 4, HEAD / 2), f32(s, 4, HEAD / 2), ids(s, n), HEAD, false);
        });
        add(
                "sum of squares" + of,
                (s, n, c) -> new Op.SumSquares(zeros(s, dtype, n, c), s.allocate("sum", DType.F64, 1), false));
    }

    private void updates() {
        add("adamw", (s, n, c) -> {
            Tensor[] t = tensors(s, DType.F32, 4, n, c);
            return new Op.AdamWStep(t[0], t[1], t[2], t[3], 1e-3, 0.9, 0.999, 1e-8, 0, 1, 1);
        });
        add("adamw with 8-bit states", (s, n, c) -> {
            Tensor[] t = tensors(s, DType.F32, 2, n, c);
            Blockwise8Bit m = eightBit(s, t[0]);
            return new Op.AdamW8bitStep(t[0], t[1], m, eightBit(s, t[0]), 1e-3, 0.9, 0.999, 1e-8, 0, 1, 1);
        });
        add("lion", (s, n, c) -> {
            Tensor[] t = tensors(s, DType.F32, 3, n, c);
            return new Op.LionStep(t[0], t[1], t[2], 1e-3, 0.9, 0.99, 0.01, 1);
        });
    }

    private static Blockwise8Bit eightBit(Scope s, Tensor param) {
        float[] map = new float[Blockwise8Bit.CODES];
        for (int i = 0; i < map.length; i++) {
            map[i] = (i - 127) / 128f;
        }
        return new Blockwise8Bit(
                zeros(s, DType.U8, param.elements()),
                row(s, Math.toIntExact(Blockwise8Bit.blocks(param.elements()))),
                s.floats("map", map, map.length));
    }

    /** Over rows and over a cache, as in decoding and as in reading a prompt; over a cache with four heads to a key head. */
    private void attention(DType dtype) {
        String of = " of " + dtype;
        for (float softCap : new float[] {0, 30}) {
            String kind = softCap == 0 ? "attention" : "attention with a soft cap";
            add(kind + of, (s, n, c) -> overRows(s, dtype, softCap, n, c));
            add(kind + " backward" + of, (s, n, c) -> {
                Op.Attention forward = overRows(s, dtype, softCap, n, c);
                Tensor[] t = tensors(s, dtype, 4, n, c);
                return new Op.AttentionBackward(forward, t[0], t[1], t[2], t[3]);
            });
            add(kind + ", one query" + of, (s, n, c) -> overCache(s, dtype, softCap, 1, 5 * n, c));
            add(kind + ", queries that share blocks" + of, (s, n, c) -> sharingBlocks(s, dtype, softCap, n, 5 * n, c));
            add(kind + ", more queries" + of, (s, n, c) -> overCache(s, dtype, softCap, 20, 5 * n, c));
        }
        add("writing a cache" + of, (s, n, c) -> {
            Tensor k = f32(s, n, c);
            Tensor[] cache = cache(s, dtype, n, c);
            Tensor slots = s.ids("slots", IntStream.range(0, n).toArray());
            return new Op.WriteKeyValues(k, k, slots, HEAD, cache[0], cache[1]);
        });
    }

    private static Op.Attention overRows(Scope s, DType dtype, float softCap, int n, int c) {
        Tensor x = zeros(s, dtype, n, c);
        Tensor out = zeros(s, dtype, n, c);
        return new Op.Attention(x, x, x, Segments.packed(s, n), HEAD, 0.125f, 0, softCap, out, f32(s, n, c / HEAD));
    }

    private static Op.Attention overCache(Scope s, DType dtype, float softCap, int queries, int tokens, int c) {
        return overCache(s, dtype, softCap, new int[] {queries}, new int[] {tokens}, c);
    }

    /** Single queries of so many sequences of the very same keys. */
    private static Op.Attention sharingBlocks(Scope s, DType dtype, float softCap, int sequences, int tokens, int c) {
        int[] ones = new int[sequences];
        int[] keys = new int[sequences];
        Arrays.fill(ones, 1);
        Arrays.fill(keys, tokens);
        return overCache(s, dtype, softCap, ones, keys, c);
    }

    private static Op.Attention overCache(Scope s, DType dtype, float softCap, int[] lengths, int[] keys, int c) {
        int queries = IntStream.of(lengths).sum();
        int tokens = keys[0];
        Tensor[] cache = cache(s, dtype, tokens, c / 4);
        int blocks = Math.ceilDiv(tokens, Op.WriteKeyValues.BLOCK_TOKENS);
        int[] table =
                IntStream.range(0, blocks * lengths.length).map(i -> i % blocks).toArray();
        Segments segments =
                SegmentBounds.ofQueries(lengths, keys).on(s, table, blocks, blocks, Op.WriteKeyValues.BLOCK_TOKENS);
        Tensor q = zeros(s, dtype, queries, c);
        Tensor out = zeros(s, dtype, queries, c);
        Tensor lse = f32(s, queries, c / HEAD);
        return new Op.Attention(q, cache[0], cache[1], segments, HEAD, 0.125f, 0, softCap, out, lse);
    }

    /** Keys and values of so many tokens in blocks. */
    private static Tensor[] cache(Scope s, DType dtype, int tokens, int c) {
        int block = Op.WriteKeyValues.BLOCK_TOKENS;
        return tensors(s, dtype, 2, Math.ceilDiv(tokens, block), block, c);
    }

    private void sampling() {
        for (SamplerSettings settings : List.of(
                SamplerSettings.GREEDY, SamplerSettings.of(0.7, 0.9), new SamplerSettings(1, 7, 1, 0.1, 0.9, 1.1, 3))) {
            add("sampling by " + settings, (s, n, c) -> {
                SampleRequest request = new SampleRequest(settings, new int[] {1, 2, 1}, new int[] {5}, 1, 2, 0);
                SamplingState state = SamplingState.of(s, Collections.nCopies(n, request), 1 << 16);
                Tensor slots = SamplingState.allSlots(s, n);
                return new Op.SampleTokens(f32(s, n, c), slots, state.history(), state.rules(), ids(s, n));
            });
        }
        add("last tokens", (s, n, c) -> {
            int[] ones = new int[n];
            Arrays.fill(ones, 1);
            TokenHistory history = new TokenHistory(s.ids("ids", new int[4 * n]).view(n, 4), s.ids("lengths", ones));
            Tensor slots = SamplingState.allSlots(s, n);
            return new Op.LastTokens(
                    history, slots, ids(s, n).view(n, 1), 4, ids(s, n), ids(s, n), ids(s, n), ids(s, n));
        });
    }

    private static Tensor[] tensors(Scope s, DType dtype, int count, long... dims) {
        Tensor[] tensors = new Tensor[count];
        Arrays.setAll(tensors, i -> zeros(s, dtype, dims));
        return tensors;
    }

    private static Tensor f32(Scope s, int n, int c) {
        return zeros(s, DType.F32, n, c);
    }

    private static Tensor row(Scope s, int c) {
        return zeros(s, DType.F32, c);
    }

    private static Tensor ids(Scope s, int n) {
        return s.ids("ids", new int[n]);
    }

    private static Tensor zeros(Scope s, DType dtype, long... dims) {
        Tensor tensor = s.allocate("zeros", dtype, dims);
        HostMemory.of(tensor).fill((byte) 0);
        return tensor;
    }
}
