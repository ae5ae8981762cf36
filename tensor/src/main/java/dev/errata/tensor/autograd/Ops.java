package dev.errata.tensor.autograd;

import dev.errata.tensor.Activation;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.util.List;
import java.util.stream.Stream;

/**
 * The forward operators of a transformer: each allocates its output in the scope, runs, and is recorded where there is
 * a tape. Dimensions as in {@link Op}.
 *
 * <p>An output has its first input's type unless another is asked for, so that BF16 goes on as BF16; {@link #cast}
 * changes it.
 */
public final class Ops {
    private final Scope scope;
    private final Tape tape;
    /** Where operators wait to be run, or null where they are run at once. */
    private final HeldOps held;
    /** Looks at what is run, or null. */
    private final KeptOutputs kept;

    /**
     * @param tape records what is run, or null where no gradient is wanted
     */
    public Ops(Scope scope, Tape tape) {
        this(scope, tape, null, null);
    }

    private Ops(Scope scope, Tape tape, HeldOps held, KeptOutputs kept) {
        this.scope = scope;
        this.tape = tape;
        this.held = held;
        this.kept = kept;
    }

    public Scope scope() {
        return scope;
    }

    /** table [V, C], ids I32 [N] → F32 or BF16 [N, C]. */
    public Tensor embedding(Weight table, Tensor ids, DType dtype) {
        Tensor out = scope.allocate("embedding", dtype, ids.elements(), table.in());
        return run(new Op.Embedding(table, ids, out), out);
    }

    /** x [N, C], weight [C], or [D] for a norm of each head → [N, C]. */
    public Tensor rmsNorm(Tensor x, Tensor weight, float eps) {
        return rmsNorm(x, weight, 0, eps);
    }

    /** The same with {@code offset} added to the weight. */
    public Tensor rmsNorm(Tensor x, Tensor weight, float offset, float eps) {
        Tensor out = scope.allocate("norm", x.dtype(), x.rows(), x.columns());
        Tensor rstd = scope.f32("rstd", x.elements() / weight.elements());
        return run(new Op.RmsNorm(x, weight, offset, eps, out, rstd), out, rstd);
    }

    /** x [N, in], weight [out, in] → x · weightᵀ [N, out]. */
    public Tensor linear(Tensor x, Weight weight) {
        return linear(x, weight, x.dtype());
    }

    /** The same as F32 or BF16. */
    public Tensor linear(Tensor x, Weight weight, DType dtype) {
        Tensor out = scope.allocate("linear", dtype, x.rows(), weight.out());
        return run(new Op.Linear(x, weight, out, false), out);
    }

    /** x [N, in], weights [out, in] → x · weightᵀ [N, out] for each of them, as F32 or BF16. */
    public List<Tensor> linears(Tensor x, List<Weight> weights, DType dtype) {
        List<Op.Linear> layers = weights.stream()
                .map(w -> new Op.Linear(x, w, scope.allocate("linear", dtype, x.rows(), w.out()), false))
                .toList();
        if (held == null) {
            scope.backend().runTogether(layers);
        }
        layers.forEach(layer -> {
            if (held != null) {
                held.add(layer, List.of(layer.out()));
            }
            remember(layer, layer.out());
        });
        return layers.stream().map(Op.Linear::out).toList();
    }

    /** x · weightᵀ + bias as F32 or BF16, rounded once; bias [out], or null for none. */
    public Tensor linear(Tensor x, Weight weight, Tensor bias, DType dtype) {
        if (bias == null || dtype == DType.F32) {
            Tensor out = linear(x, weight, dtype);
            if (bias != null) {
                addBias(out, bias);
            }
            return out;
        }
        // The bias first, which is exact: what it is added to afterwards is rounded with it.
        Tensor out = scope.allocate("linear", dtype, x.rows(), weight.out());
        scope.backend().run(new Op.Fill(out, 0));
        addBias(out, bias);
        return run(new Op.Linear(x, weight, out, true), out);
    }

    /** y += scale · x · weightᵀ, in place; x [N, in], weight [out, in], y [N, out]. */
    public void addLinear(Tensor x, Tensor weight, float scale, Tensor y) {
        run(new Op.MatMul(x, weight, y, false, true, scale, true), y);
    }

    /** out[o] = ‖W[o] + scale · B[o] · A‖₂; a [r, in], b [out, r], out [out]. A constant, so not recorded. */
    public void loraRowNorm(Weight weight, Tensor a, Tensor b, float scale, Tensor out) {
        scope.backend().run(new Op.LoraRowNorm(weight, a, b, scale, out));
    }

    /** x [N, C], magnitude and norm [C] → x · magnitude / norm, or with {@code lessOne} x · (magnitude / norm − 1). */
    public Tensor scaleColumns(Tensor x, Tensor magnitude, Tensor norm, boolean lessOne) {
        Tensor out = scope.allocate("scaled columns", x.dtype(), x.rows(), x.columns());
        return run(new Op.ScaleColumns(x, magnitude, norm, lessOne, out), out);
    }

    /** x += bias in every row, in place. */
    public void addBias(Tensor x, Tensor bias) {
        run(new Op.AddBias(x, bias), x);
    }

    /** Rotates x in place. */
    public void rope(Tensor x, Tensor cos, Tensor sin, Tensor positions, int headDim) {
        run(new Op.Rope(x, cos, sin, positions, headDim, false), x);
    }

    /** q [N, H·D], k, v [M, K·D] → [N, H·D], with scores of q · k / √D. */
    public Tensor attention(Tensor q, Tensor k, Tensor v, Segments segments, int headDim, int window) {
        return attention(q, k, v, segments, headDim, (float) (1 / Math.sqrt(headDim)), window, 0);
    }

    /** The same with another scale and soft-capped scores; see {@link Op.Attention}. */
    public Tensor attention(
            Tensor q, Tensor k, Tensor v, Segments segments, int headDim, float scale, int window, float softCap) {
        Tensor out = scope.allocate("attention", q.dtype(), q.rows(), q.columns());
        Tensor lse = scope.f32("lse", q.rows(), q.columns() / headDim);
        return run(new Op.Attention(q, k, v, segments, headDim, scale, window, softCap, out, lse), out, lse);
    }

    /** Writes keys and values of new tokens into a cache of blocks; not recorded. */
    public void writeKeyValues(Tensor k, Tensor v, Tensor slots, int headDim, Tensor keyCache, Tensor valueCache) {
        scope.backend().run(new Op.WriteKeyValues(k, v, slots, headDim, keyCache, valueCache));
    }

    /** activation(gate) · up. */
    public Tensor gated(Tensor gate, Tensor up, Activation activation) {
        Tensor out = scope.allocate("gated", gate.dtype(), gate.rows(), gate.columns());
        return run(new Op.GatedActivation(gate, up, activation, out), out);
    }

    /** cap · tanh(x / cap). */
    public Tensor softCap(Tensor x, float cap) {
        Tensor out = scope.allocate("capped", x.dtype(), x.rows(), x.columns());
        return run(new Op.SoftCap(x, cap, out), out);
    }

    /** x = factor · x. */
    public Tensor scaled(Tensor x, float factor) {
        return run(new Op.Scale(x, factor), x);
    }

    /** Columns {@code from} to {@code from + count} − 1 of x [N, C] → [N, count]. */
    public Tensor columns(Tensor x, int from, int count) {
        Tensor out = scope.allocate("columns", x.dtype(), x.rows(), count);
        return run(new Op.SliceColumns(x, from, out), out);
    }

    public Tensor add(Tensor a, Tensor b) {
        Tensor out = scope.allocate("sum", a.dtype(), a.rows(), a.columns());
        return run(new Op.Add(a, b, out), out);
    }

    /** x in another type; x itself where it has that type. */
    public Tensor cast(Tensor x, DType dtype) {
        if (x.dtype() == dtype) {
            return x;
        }
        Tensor out = scope.allocate(x.name(), dtype, x.shape().toArray());
        return run(new Op.Copy(x, out), out);
    }

    /** The named rows of x, in that order. */
    public Tensor gatherRows(Tensor x, Tensor rows) {
        Tensor out = scope.allocate("rows", x.dtype(), rows.elements(), x.columns());
        return run(new Op.GatherRows(x, rows, out), out);
    }

    public Tensor dropout(Tensor x, float p, long seed, long stream) {
        Tensor out = scope.allocate("dropout", x.dtype(), x.rows(), x.columns());
        return run(new Op.Dropout(x, out, p, seed, stream), out);
    }

    /** x [N, in], weight [out, in] → dropout(x) · weightᵀ, F32 [N, out]. */
    public Tensor dropoutLinear(Tensor x, Tensor weight, float p, long seed, long stream) {
        Tensor out = scope.f32("linear", x.rows(), weight.rows());
        return run(new Op.DropoutLinear(x, weight, p, seed, stream, out), out);
    }

    /**
     * Runs a part of the model. What it allocates ends with it, but for its output and for what gradient rules need on the
     * tape. With {@code recompute} and a tape, only its input and output and {@link KeptOutputs} stay alive; its backward
     * runs it again.
     */
    public Tensor block(Tensor x, boolean recompute, Block block) {
        if (tape != null && recompute) {
            return recomputedBlock(x, block);
        }
        try (Scope inner = new Scope("block", scope.backend())) {
            Tensor out = block.apply(new Ops(inner, tape), x);
            if (tape != null) {
                tape.lifetimes().leave(inner, out, scope);
            } else {
                inner.move(out, scope);
            }
            return out;
        }
    }

    private Tensor recomputedBlock(Tensor x, Block block) {
        KeptOutputs outputs = new KeptOutputs();
        try (Scope inner = new Scope("block", scope.backend())) {
            Tensor out = block.apply(new Ops(inner, null, null, outputs), x);
            inner.move(out, scope);
            outputs.move(inner, out, scope);
            tape.recordBlock(block, x, out, outputs);
            outputs.tensors().forEach(this::release);
            return out;
        }
    }

    /**
     * Runs a part of the model again for its gradient, on a tape: what none of its rules reads isn't computed, so that its
     * output may hold anything.
     *
     * @param outputs what was kept of its first run
     */
    Tensor blockForGradients(Tensor x, Block block, KeptOutputs outputs) {
        HeldOps waiting = new HeldOps(outputs);
        try (Scope inner = new Scope("block", scope.backend())) {
            Tensor out = block.apply(new Ops(inner, tape, waiting, null), x);
            waiting.run(scope.backend(), tape.lifetimes()::isRead);
            tape.lifetimes().leave(inner, out, scope);
            return out;
        }
    }

    /**
     * Says that the forward pass is through with a tensor of this scope: it is freed, on a tape once no gradient rule needs
     * it any more.
     */
    public void release(Tensor x) {
        if (tape == null) {
            scope.free(x.allocation());
        } else {
            tape.lifetimes().pass(x.allocation());
        }
    }

    /**
     * @param also what the operator writes beside its output
     */
    private Tensor run(Op op, Tensor out, Tensor... also) {
        if (held == null) {
            scope.backend().run(op);
        } else {
            held.add(op, Stream.concat(Stream.of(out), Stream.of(also)).toList());
        }
        remember(op, out);
        return out;
    }

    private void remember(Op op, Tensor out) {
        if (kept != null) {
            kept.look(op, out);
        }
        if (tape != null) {
            tape.record(op, out);
        }
    }
}
