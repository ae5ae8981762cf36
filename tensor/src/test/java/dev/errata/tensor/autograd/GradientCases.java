package dev.errata.tensor.autograd;

import static dev.errata.tensor.autograd.GradientCase.copy;
import static dev.errata.tensor.autograd.GradientCase.normal;

import dev.errata.tensor.Activation;
import dev.errata.tensor.DType;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** Every differentiable operator, and what they make together. */
final class GradientCases {
    private static final int HEAD = 4;

    private GradientCases() {}

    static List<GradientCase> all() {
        return List.of(
                GradientCase.of(
                        "embedding with an id twice",
                        (ops, in) -> ops.embedding(new Weight.Dense(in.getFirst()), ids(ops, 2, 0, 2, 4), DType.F32),
                        dims(5, 3)),
                GradientCase.of(
                        "rms norm", (ops, in) -> ops.rmsNorm(in.getFirst(), in.getLast(), 1e-5f), dims(3, 7), dims(7)),
                GradientCase.of(
                        "rms norm with an offset",
                        (ops, in) -> ops.rmsNorm(in.getFirst(), in.getLast(), 1, 1e-5f),
                        dims(3, 7),
                        dims(7)),
                GradientCase.of(
                        "rms norm of each head",
                        (ops, in) -> ops.rmsNorm(in.getFirst(), in.getLast(), 1e-5f),
                        dims(3, 3 * HEAD),
                        dims(HEAD)),
                GradientCase.of(
                        "dense linear layer",
                        (ops, in) -> ops.linear(in.getFirst(), new Weight.Dense(in.getLast())),
                        dims(3, 5),
                        dims(4, 5)),
                GradientCase.of(
                        "4-bit linear layer, by its input",
                        (ops, in) -> ops.linear(in.getFirst(), fourBit(ops.scope(), 6, 11, false)),
                        dims(3, 11)),
                GradientCase.of(
                        "double-quantized linear layer, by its input",
                        (ops, in) -> ops.linear(in.getFirst(), fourBit(ops.scope(), 6, 11, true)),
                        dims(3, 11)),
                GradientCase.of(
                        "added linear layer",
                        (ops, in) -> {
                            Tensor y = copy(ops, in.get(2));
                            ops.addLinear(in.get(0), in.get(1), 0.7f, y);
                            return y;
                        },
                        dims(3, 5),
                        dims(4, 5),
                        dims(3, 4)),
                GradientCase.of(
                        "columns scaled to a magnitude",
                        (ops, in) -> ops.scaleColumns(copy(ops, in.getFirst()), in.getLast(), norm(ops, 5), false),
                        dims(3, 5),
                        dims(5)),
                GradientCase.of(
                        "columns scaled to a magnitude, less one",
                        (ops, in) -> ops.scaleColumns(in.getFirst(), in.getLast(), norm(ops, 5), true),
                        dims(3, 5),
                        dims(5)),
                GradientCase.of(
                        "columns of a constant scaled to a magnitude",
                        (ops, in) -> ops.scaleColumns(
                                ops.scope().floats("x", normal(33, 15), 3, 5), in.getFirst(), norm(ops, 5), false),
                        dims(5)),
                GradientCase.of(
                        "bias",
                        (ops, in) -> {
                            Tensor x = copy(ops, in.getFirst());
                            ops.addBias(x, in.getLast());
                            return x;
                        },
                        dims(3, 5),
                        dims(5)),
                GradientCase.of(
                        "rope",
                        (ops, in) -> {
                            Tensor x = copy(ops, in.getFirst());
                            rope(ops, x, 3, 0, 6);
                            return x;
                        },
                        dims(3, 2 * HEAD)),
                attention("attention", 1, 0, 5),
                attention("attention of grouped heads", 2, 0, 6),
                attention("attention in a window", 1, 2, 6),
                attention("attention of several sequences", 2, 3, 1, 5, 2),
                GradientCase.of(
                        "attention with soft-capped scores",
                        (ops, in) -> ops.attention(
                                in.get(0),
                                in.get(1),
                                in.get(2),
                                Segments.packed(ops.scope(), 2, 4),
                                HEAD,
                                0.7f,
                                3,
                                1.5f),
                        dims(6, 4 * HEAD),
                        dims(6, 2 * HEAD),
                        dims(6, 2 * HEAD)),
                gated(Activation.SILU),
                gated(Activation.GELU_TANH),
                GradientCase.of(
                        "a tensor gated by itself",
                        (ops, in) -> {
                            Tensor x = copy(ops, in.getFirst());
                            return ops.gated(x, x, Activation.SILU);
                        },
                        dims(3, 5)),
                GradientCase.of("soft cap", (ops, in) -> ops.softCap(in.getFirst(), 1.5f), dims(3, 5)),
                GradientCase.of(
                        "scaled",
                        (ops, in) -> {
                            Tensor x = ops.scaled(copy(ops, in.getFirst()), 3);
                            return ops.add(x, ops.softCap(x, 9));
                        },
                        dims(3, 5)),
                GradientCase.of(
                        "columns of a product that overlap",
                        (ops, in) -> {
                            Tensor x = copy(ops, in.getFirst());
                            return ops.add(ops.columns(x, 0, 3), ops.columns(x, 2, 3));
                        },
                        dims(4, 6)),
                GradientCase.of(
                        "columns of a trainable tensor", (ops, in) -> ops.columns(in.getFirst(), 1, 2), dims(3, 4)),
                GradientCase.of("sum", (ops, in) -> ops.add(in.getFirst(), in.getLast()), dims(3, 5), dims(3, 5)),
                GradientCase.of(
                        "sum of a trainable tensor with itself",
                        (ops, in) -> ops.add(in.getFirst(), in.getFirst()),
                        dims(3, 5)),
                GradientCase.of(
                        "sum of an activation with itself",
                        (ops, in) -> {
                            Tensor x = copy(ops, in.getFirst());
                            return ops.add(x, x);
                        },
                        dims(3, 5)),
                GradientCase.of(
                        "picked rows",
                        (ops, in) -> ops.gatherRows(copy(ops, in.getFirst()), ids(ops, 3, 1, 3)),
                        dims(4, 3)),
                GradientCase.of(
                        "linear layer behind dropout",
                        (ops, in) -> ops.dropoutLinear(in.getFirst(), in.getLast(), 0.4f, 3, 8),
                        dims(4, 5),
                        dims(3, 5)),
                GradientCase.of(
                        "linear layer behind dropout, of a shared input",
                        (ops, in) -> {
                            Tensor x = copy(ops, in.getFirst());
                            return ops.add(x, ops.dropoutLinear(x, in.getLast(), 0.4f, 3, 8));
                        },
                        dims(4, 5),
                        dims(5, 5)),
                GradientCase.of("dropout", (ops, in) -> ops.dropout(in.getFirst(), 0.4f, 3, 8), dims(4, 5)),
                GradientCase.of(
                        "one tensor in many places",
                        (ops, in) -> {
                            Tensor x = copy(ops, in.getFirst());
                            Tensor sum = ops.add(x, ops.rmsNorm(x, in.getLast(), 1e-5f));
                            rope(ops, sum, 3, 1, 2);
                            return ops.add(ops.add(sum, x), ops.gated(x, sum, Activation.SILU));
                        },
                        dims(3, HEAD),
                        dims(HEAD)),
                GradientCase.of(
                        "residual block",
                        (ops, in) -> block(ops, in.getFirst(), in),
                        dims(5, 2 * HEAD),
                        dims(HEAD * 2),
                        dims(2 * HEAD, 2 * HEAD),
                        dims(HEAD, 2 * HEAD),
                        dims(HEAD, 2 * HEAD),
                        dims(2, 2 * HEAD),
                        dims(HEAD, 2)));
    }

    /** x + attention(norm(x)), with LoRA on the keys; in: x, norm, query, key, value, A, B. */
    static Tensor block(Ops ops, Tensor x, List<Tensor> in) {
        Tensor normed = ops.rmsNorm(x, in.get(1), 1e-5f);
        Tensor q = ops.linear(normed, new Weight.Dense(in.get(2)));
        Tensor k = ops.linear(normed, new Weight.Dense(in.get(3)));
        Tensor v = ops.linear(normed, new Weight.Dense(in.get(4)));
        Tensor low = ops.linear(normed, new Weight.Dense(in.get(5)));
        ops.addLinear(low, in.get(6), 0.5f, k);
        rope(ops, q, 0, 1, 2, 3, 4);
        rope(ops, k, 0, 1, 2, 3, 4);
        Tensor mixed = ops.attention(q, k, v, Segments.packed(ops.scope(), 2, 3), HEAD, 0);
        return ops.add(x, ops.add(mixed, ops.dropout(mixed, 0.3f, 1, 2)));
    }

    private static GradientCase gated(Activation activation) {
        return GradientCase.of(
                activation + " gate",
                (ops, in) -> ops.gated(in.getFirst(), in.getLast(), activation),
                dims(3, 5),
                dims(3, 5));
    }

    private static GradientCase attention(String name, int group, int window, int... lengths) {
        int tokens = java.util.Arrays.stream(lengths).sum();
        return GradientCase.of(
                name,
                (ops, in) -> ops.attention(
                        in.get(0), in.get(1), in.get(2), Segments.packed(ops.scope(), lengths), HEAD, window),
                dims(tokens, 2L * group * HEAD),
                dims(tokens, 2 * HEAD),
                dims(tokens, 2 * HEAD));
    }

    private static void rope(Ops ops, Tensor x, int... positions) {
        Scope scope = ops.scope();
        Tensor cos = scope.floats("cos", normal(30, 8 * HEAD / 2), 8, HEAD / 2);
        Tensor sin = scope.floats("sin", normal(31, 8 * HEAD / 2), 8, HEAD / 2);
        ops.rope(x, cos, sin, scope.ids("positions", positions), HEAD);
    }

    /** Row norms of a constant weight; a rank of 1 is enough. */
    private static Tensor norm(Ops ops, int out) {
        Scope scope = ops.scope();
        Tensor norm = scope.f32("norm", out);
        ops.loraRowNorm(
                fourBit(scope, out, 11, false),
                scope.floats("a", normal(34, 11), 1, 11),
                scope.floats("b", normal(35, out), out, 1),
                0.5f,
                norm);
        return norm;
    }

    private static Tensor ids(Ops ops, int... ids) {
        return ops.scope().ids("ids", ids);
    }

    private static Weight.FourBit fourBit(Scope scope, int out, int in, boolean nested) {
        int blocks = (out * in + 15) / 16;
        return new Weight.FourBit(
                out,
                in,
                16,
                bytes(scope, 40, (out * in + 1) / 2),
                scope.floats("code", normal(43, 16), 16),
                nested
                        ? new Weight.DoubleScales(
                                bytes(scope, 41, blocks),
                                scope.floats("nested", normal(44, 1), 1),
                                scope.floats("nested code", normal(45, 256), 256),
                                0.5f)
                        : new Weight.SingleScales(scope.floats("absmax", normal(42, blocks), blocks)),
                DType.F32);
    }

    private static Tensor bytes(Scope scope, long stream, int count) {
        byte[] values = new byte[count];
        for (int i = 0; i < count; i++) {
            values[i] = (byte) Philox.bits(11, stream, i);
        }
        Tensor tensor = scope.allocate("bytes", DType.U8, count);
        scope.backend().upload(MemorySegment.ofArray(values), tensor);
        return tensor;
    }

    private static long[] dims(long... dims) {
        return dims;
    }
}
