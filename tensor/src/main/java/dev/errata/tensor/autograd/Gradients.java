package dev.errata.tensor.autograd;

import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/** The gradient rule of each operator, the inputs through which gradients flow, and what the rule reads. */
final class Gradients {
    private Gradients() {}

    /** The tensors that an operator differentiates by. */
    static List<Tensor> inputs(Op op) {
        return switch (op) {
            case Op.Add o -> List.of(o.a(), o.b());
            case Op.Copy o -> List.of(o.x());
            case Op.Embedding o -> trainable(o.table());
            case Op.RmsNorm o -> List.of(o.x(), o.weight());
            case Op.MatMul o -> o.accumulate() ? List.of(o.a(), o.b(), o.c()) : List.of(o.a(), o.b());
            case Op.Linear o -> linear(o);
            case Op.ScaleColumns o -> List.of(o.x(), o.magnitude());
            case Op.AddBias o -> List.of(o.x(), o.bias());
            case Op.Rope o -> List.of(o.x());
            case Op.Attention o -> List.of(o.q(), o.k(), o.v());
            case Op.GatedActivation o -> List.of(o.gate(), o.up());
            case Op.SoftCap o -> List.of(o.x());
            case Op.SliceColumns o -> List.of(o.x());
            case Op.GatherRows o -> List.of(o.x());
            case Op.Dropout o -> List.of(o.x());
            case Op.DropoutLinear o -> List.of(o.x(), o.weight());
            case Op.Scale o -> List.of(o.x());
            case Op.Fill o -> List.of();
            case Op.EmbeddingBackward o -> List.of();
            case Op.RmsNormBackward o -> List.of();
            case Op.LinearBackward o -> List.of();
            case Op.Dequantize o -> List.of();
            case Op.LoraRowNorm o -> List.of();
            case Op.ScaleColumnsBackward o -> List.of();
            case Op.AddBiasBackward o -> List.of();
            case Op.AttentionBackward o -> List.of();
            case Op.WriteKeyValues o -> List.of();
            case Op.GatedActivationBackward o -> List.of();
            case Op.SoftCapBackward o -> List.of();
            case Op.SliceColumnsBackward o -> List.of();
            case Op.ScatterRows o -> List.of();
            case Op.CrossEntropy o -> List.of();
            case Op.DropoutLinearBackward o -> List.of();
            case Op.SumSquares o -> List.of();
            case Op.AdamWStep o -> List.of();
            case Op.AdamW8bitStep o -> List.of();
            case Op.LionStep o -> List.of();
            case Op.SampleTokens o -> List.of();
            case Op.LastTokens o -> List.of();
        };
    }

    /**
     * The tensors whose elements an operator's gradient rule reads: what must be there until it is run.
     *
     * @param tape says which inputs want a gradient
     */
    static List<Tensor> saved(Op op, Tape tape) {
        return switch (op) {
            case Op.Add o -> List.of();
            case Op.Copy o -> List.of();
            case Op.Embedding o -> List.of(o.ids());
            case Op.RmsNorm o -> List.of(o.x(), o.weight(), o.rstd());
            case Op.MatMul o -> factors(o.a(), o.b(), tape);
            case Op.DropoutLinear o -> factors(o.x(), o.weight(), tape);
            case Op.Linear o -> {
                List<Tensor> factors = new ArrayList<>();
                if (trainable(o.weight()).stream().anyMatch(tape::isActive)) {
                    factors.add(o.x());
                }
                if (tape.isActive(o.x())) {
                    factors.addAll(o.weight().tensors());
                }
                yield factors;
            }
            case Op.ScaleColumns o ->
                tape.isActive(o.magnitude())
                        ? List.of(o.x(), o.magnitude(), o.norm())
                        : List.of(o.magnitude(), o.norm());
            case Op.AddBias o -> List.of();
            case Op.Rope o -> List.of(o.cos(), o.sin(), o.positions());
            case Op.Attention o -> {
                List<Tensor> read = new ArrayList<>(List.of(o.q(), o.k(), o.v(), o.out(), o.lse()));
                read.addAll(tensors(o.segments()));
                yield read;
            }
            case Op.GatedActivation o -> List.of(o.gate(), o.up());
            case Op.SoftCap o -> List.of(o.out());
            case Op.SliceColumns o -> List.of();
            case Op.GatherRows o -> List.of(o.rows());
            case Op.Dropout o -> List.of();
            case Op.Fill o -> List.of();
            case Op.Scale o -> List.of();
            case Op.EmbeddingBackward o -> List.of();
            case Op.RmsNormBackward o -> List.of();
            case Op.LinearBackward o -> List.of();
            case Op.Dequantize o -> List.of();
            case Op.LoraRowNorm o -> List.of();
            case Op.ScaleColumnsBackward o -> List.of();
            case Op.AddBiasBackward o -> List.of();
            case Op.AttentionBackward o -> List.of();
            case Op.WriteKeyValues o -> List.of();
            case Op.GatedActivationBackward o -> List.of();
            case Op.SoftCapBackward o -> List.of();
            case Op.SliceColumnsBackward o -> List.of();
            case Op.ScatterRows o -> List.of();
            case Op.CrossEntropy o -> List.of();
            case Op.DropoutLinearBackward o -> List.of();
            case Op.SumSquares o -> List.of();
            case Op.AdamWStep o -> List.of();
            case Op.AdamW8bitStep o -> List.of();
            case Op.LionStep o -> List.of();
            case Op.SampleTokens o -> List.of();
            case Op.LastTokens o -> List.of();
        };
    }

    /** Of two tensors that are multiplied each whose other wants a gradient. */
    private static List<Tensor> factors(Tensor a, Tensor b, Tape tape) {
        List<Tensor> factors = new ArrayList<>();
        if (tape.isActive(b)) {
            factors.add(a);
        }
        if (tape.isActive(a)) {
            factors.add(b);
        }
        return factors;
    }

    private static List<Tensor> tensors(Segments segments) {
        return Stream.of(
                        segments.queryStart(),
                        segments.queryLength(),
                        segments.keyLength(),
                        segments.keyStart(),
                        segments.blockTable())
                .filter(Objects::nonNull)
                .toList();
    }

    /** Adds the gradients of an operator's inputs, given that of its output. */
    static void apply(Op op, Tensor dOut, GradientSlots slots) {
        Backend backend = slots.scope().backend();
        switch (op) {
            case Op.Add o -> {
                slots.add(o.a(), dOut);
                slots.add(o.b(), dOut);
            }
            case Op.Copy o -> slots.add(o.x(), dOut);
            case Op.Embedding o -> {
                if (o.table() instanceof Weight.Dense(Tensor table)) {
                    backend.run(new Op.EmbeddingBackward(o.ids(), dOut, slots.parameter(table)));
                }
            }
            case Op.RmsNorm o -> rmsNorm(o, dOut, slots);
            case Op.MatMul o -> matMul(o, dOut, slots);
            case Op.Linear o -> linear(o, dOut, slots);
            case Op.ScaleColumns o -> scaleColumns(o, dOut, slots);
            case Op.AddBias o ->
                slots.accumulate(o.bias(), (target, accumulate) -> {
                    if (!accumulate) {
                        backend.run(new Op.Fill(target, 0));
                    }
                    backend.run(new Op.AddBiasBackward(dOut, target));
                });
            case Op.Rope o -> {
                Tensor dX = slots.own(o.x());
                backend.run(new Op.Rope(dX, o.cos(), o.sin(), o.positions(), o.headDim(), !o.inverse()));
            }
            case Op.Attention o -> {
                Op.AttentionBackward back =
                        new Op.AttentionBackward(o, dOut, slots.fresh(o.q()), slots.fresh(o.k()), slots.fresh(o.v()));
                backend.run(back);
                slots.give(o.q(), back.dQ());
                slots.give(o.k(), back.dK());
                slots.give(o.v(), back.dV());
            }
            case Op.GatedActivation o -> {
                Op.GatedActivationBackward back = new Op.GatedActivationBackward(
                        o.gate(), o.up(), o.activation(), dOut, slots.fresh(o.gate()), slots.fresh(o.up()));
                backend.run(back);
                slots.give(o.gate(), back.dGate());
                slots.give(o.up(), back.dUp());
            }
            case Op.SoftCap o -> {
                Tensor dX = slots.fresh(o.x());
                backend.run(new Op.SoftCapBackward(o.out(), o.cap(), dOut, dX));
                slots.give(o.x(), dX);
            }
            case Op.SliceColumns o ->
                slots.accumulate(o.x(), (target, accumulate) -> {
                    if (!accumulate) {
                        backend.run(new Op.Fill(target, 0));
                    }
                    backend.run(new Op.SliceColumnsBackward(dOut, o.from(), target));
                });
            case Op.Scale o -> backend.run(new Op.Scale(slots.own(o.x()), o.factor()));
            case Op.GatherRows o -> gatherRows(o, dOut, slots);
            case Op.Dropout o -> {
                Tensor dX = slots.fresh(o.x());
                backend.run(new Op.Dropout(dOut, dX, o.p(), o.seed(), o.stream()));
                slots.give(o.x(), dX);
            }
            case Op.DropoutLinear o -> dropoutLinear(o, dOut, slots);
            case Op.Fill o -> throw none(op);
            case Op.EmbeddingBackward o -> throw none(op);
            case Op.RmsNormBackward o -> throw none(op);
            case Op.LinearBackward o -> throw none(op);
            case Op.Dequantize o -> throw none(op);
            case Op.LoraRowNorm o -> throw none(op);
            case Op.ScaleColumnsBackward o -> throw none(op);
            case Op.AddBiasBackward o -> throw none(op);
            case Op.AttentionBackward o -> throw none(op);
            case Op.WriteKeyValues o -> throw none(op);
            case Op.GatedActivationBackward o -> throw none(op);
            case Op.SoftCapBackward o -> throw none(op);
            case Op.SliceColumnsBackward o -> throw none(op);
            case Op.ScatterRows o -> throw none(op);
            case Op.CrossEntropy o -> throw none(op);
            case Op.DropoutLinearBackward o -> throw none(op);
            case Op.SumSquares o -> throw none(op);
            case Op.AdamWStep o -> throw none(op);
            case Op.AdamW8bitStep o -> throw none(op);
            case Op.LionStep o -> throw none(op);
            case Op.SampleTokens o -> throw none(op);
            case Op.LastTokens o -> throw none(op);
        }
    }

    /** A row may be there several times, so what comes back to it is summed in F32 and rounded once. */
    private static void gatherRows(Op.GatherRows o, Tensor dOut, GradientSlots slots) {
        Backend backend = slots.scope().backend();
        if (o.x().dtype() == DType.F32) {
            slots.accumulate(o.x(), (target, accumulate) -> {
                if (!accumulate) {
                    backend.run(new Op.Fill(target, 0));
                }
                backend.run(new Op.EmbeddingBackward(o.rows(), dOut, target));
            });
        } else if (slots.wants(o.x())) {
            Tensor sums = slots.fresh(o.x(), DType.F32);
            backend.run(new Op.Fill(sums, 0));
            backend.run(new Op.EmbeddingBackward(o.rows(), dOut, sums));
            slots.give(o.x(), sums);
        }
    }

    private static void rmsNorm(Op.RmsNorm o, Tensor dOut, GradientSlots slots) {
        Backend backend = slots.scope().backend();
        Tensor dWeight = slots.parameter(o.weight());
        if (slots.wants(o.x())) {
            slots.accumulate(
                    o.x(),
                    (target, accumulate) -> backend.run(new Op.RmsNormBackward(
                            o.x(), o.weight(), o.offset(), o.rstd(), dOut, target, accumulate, dWeight)));
        } else if (dWeight != null) {
            backend.run(new Op.RmsNormBackward(
                    o.x(), o.weight(), o.offset(), o.rstd(), dOut, slots.fresh(o.x()), false, dWeight));
        }
    }

    private static void dropoutLinear(Op.DropoutLinear o, Tensor dOut, GradientSlots slots) {
        Backend backend = slots.scope().backend();
        Tensor dWeight = slots.parameter(o.weight());
        if (slots.wants(o.x())) {
            slots.accumulate(
                    o.x(),
                    (target, accumulate) ->
                            backend.run(new Op.DropoutLinearBackward(o, dOut, target, accumulate, dWeight)));
        } else if (dWeight != null) {
            backend.run(new Op.DropoutLinearBackward(o, dOut, null, false, dWeight));
        }
    }

    private static void scaleColumns(Op.ScaleColumns o, Tensor dOut, GradientSlots slots) {
        Backend backend = slots.scope().backend();
        Tensor dMagnitude = slots.parameter(o.magnitude());
        if (slots.wants(o.x())) {
            slots.accumulate(
                    o.x(),
                    (target, accumulate) ->
                            backend.run(new Op.ScaleColumnsBackward(o, dOut, target, accumulate, dMagnitude)));
        } else if (dMagnitude != null) {
            backend.run(new Op.ScaleColumnsBackward(o, dOut, null, false, dMagnitude));
        }
    }

    /** c = alpha · a · b or alpha · a · bᵀ; where it was added to c, the gradient of c itself stays what it is. */
    private static void matMul(Op.MatMul o, Tensor dC, GradientSlots slots) {
        if (o.transposeA()) {
            throw none(o);
        }
        Backend backend = slots.scope().backend();
        slots.accumulate(
                o.a(),
                (target, accumulate) ->
                        backend.run(new Op.MatMul(dC, o.b(), target, false, !o.transposeB(), o.alpha(), accumulate)));
        slots.accumulate(
                o.b(),
                (target, accumulate) -> backend.run(
                        o.transposeB()
                                ? new Op.MatMul(dC, o.a(), target, true, false, o.alpha(), accumulate)
                                : new Op.MatMul(o.a(), dC, target, true, false, o.alpha(), accumulate)));
    }

    /** By its input, and by its weight where that is dense; where the product was added, out's gradient stays what it is. */
    private static void linear(Op.Linear o, Tensor dOut, GradientSlots slots) {
        Backend backend = slots.scope().backend();
        slots.accumulate(
                o.x(),
                (target, accumulate) -> backend.run(new Op.LinearBackward(dOut, o.weight(), target, accumulate)));
        for (Tensor weight : trainable(o.weight())) {
            slots.accumulate(
                    weight,
                    (target, accumulate) ->
                            backend.run(new Op.MatMul(dOut, o.x(), target, true, false, 1, accumulate)));
        }
    }

    private static List<Tensor> linear(Op.Linear o) {
        List<Tensor> inputs = new ArrayList<>(List.of(o.x()));
        inputs.addAll(trainable(o.weight()));
        if (o.accumulate()) {
            inputs.add(o.out());
        }
        return inputs;
    }

    /** The tensor by which a weight can be trained, if it can. */
    private static List<Tensor> trainable(Weight weight) {
        return weight instanceof Weight.Dense(Tensor tensor) ? List.of(tensor) : List.of();
    }

    private static IllegalStateException none(Op op) {
        return new IllegalStateException("no gradient rule for " + op.getClass().getSimpleName() + " as it was run");
    }
}
