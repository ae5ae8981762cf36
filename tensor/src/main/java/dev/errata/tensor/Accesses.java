package dev.errata.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which tensors an operator reads and which it writes. One that is changed in place, or added to, is among both; what only
 * says where things lie (segments, slots) is among those that are read.
 */
public record Accesses(List<Tensor> reads, List<Tensor> writes) {
    /** Of an operator; tensors that are null are left out. */
    public static Accesses of(Op op) {
        Accesses found = find(op);
        return new Accesses(List.copyOf(found.reads), List.copyOf(found.writes));
    }

    private static Accesses find(Op op) {
        return switch (op) {
            case Op.Fill o -> of(o.x());
            case Op.Add o -> of(o.out()).reading(o.a(), o.b());
            case Op.Scale o -> inPlace(o.x());
            case Op.Copy o -> of(o.out()).reading(o.x());
            case Op.Embedding o -> of(o.out()).reading(o.table()).reading(o.ids());
            case Op.EmbeddingBackward o -> inPlace(o.dTable()).reading(o.ids(), o.dOut());
            case Op.RmsNorm o -> of(o.out(), o.rstd()).reading(o.x(), o.weight());
            case Op.RmsNormBackward o ->
                written(o.dX(), o.accumulate())
                        .reading(o.x(), o.weight(), o.rstd(), o.dOut())
                        .adding(o.dWeight());
            case Op.MatMul o -> written(o.c(), o.accumulate()).reading(o.a(), o.b());
            case Op.Linear o ->
                written(o.out(), o.accumulate()).reading(o.weight()).reading(o.x());
            case Op.LinearBackward o ->
                written(o.dX(), o.accumulate()).reading(o.weight()).reading(o.dOut());
            case Op.Dequantize o -> of(o.out()).reading(o.weight());
            case Op.LoraRowNorm o -> of(o.out()).reading(o.weight()).reading(o.a(), o.b());
            case Op.ScaleColumns o -> of(o.out()).reading(o.x(), o.magnitude(), o.norm());
            case Op.ScaleColumnsBackward o ->
                written(o.dX(), o.accumulate())
                        .reading(
                                o.forward().x(),
                                o.forward().magnitude(),
                                o.forward().norm(),
                                o.dOut())
                        .adding(o.dMagnitude());
            case Op.AddBias o -> inPlace(o.x()).reading(o.bias());
            case Op.AddBiasBackward o -> inPlace(o.dBias()).reading(o.dOut());
            case Op.Rope o -> inPlace(o.x()).reading(o.cos(), o.sin(), o.positions());
            case Op.Attention o ->
                of(o.out(), o.lse()).reading(o.q(), o.k(), o.v()).reading(o.segments());
            case Op.AttentionBackward o -> {
                Op.Attention forward = o.forward();
                yield of(o.dQ(), o.dK(), o.dV())
                        .reading(forward.q(), forward.k(), forward.v(), forward.out(), forward.lse(), o.dOut())
                        .reading(forward.segments());
            }
            case Op.WriteKeyValues o -> inPlace(o.keyCache(), o.valueCache()).reading(o.k(), o.v(), o.slots());
            case Op.GatedActivation o -> of(o.out()).reading(o.gate(), o.up());
            case Op.GatedActivationBackward o -> of(o.dGate(), o.dUp()).reading(o.gate(), o.up(), o.dOut());
            case Op.SoftCap o -> of(o.out()).reading(o.x());
            case Op.SoftCapBackward o -> of(o.dX()).reading(o.out(), o.dOut());
            case Op.SliceColumns o -> of(o.out()).reading(o.x());
            case Op.SliceColumnsBackward o -> inPlace(o.dX()).reading(o.dOut());
            case Op.GatherRows o -> of(o.out()).reading(o.x(), o.rows());
            case Op.ScatterRows o -> inPlace(o.out()).reading(o.x(), o.rows());
            case Op.CrossEntropy o -> of(o.losses(), o.dLogits()).reading(o.logits(), o.labels());
            case Op.Dropout o -> of(o.out()).reading(o.x());
            case Op.DropoutLinear o -> of(o.out()).reading(o.x(), o.weight());
            case Op.DropoutLinearBackward o ->
                written(o.dX(), o.accumulate())
                        .reading(o.forward().x(), o.forward().weight(), o.dOut())
                        .adding(o.dWeight());
            case Op.SumSquares o -> written(o.out(), o.accumulate()).reading(o.x());
            case Op.AdamWStep o -> inPlace(o.param(), o.m(), o.v()).reading(o.grad());
            case Op.AdamW8bitStep o ->
                inPlace(o.param(), o.m().codes(), o.m().absmax(), o.v().codes(), o.v().absmax())
                        .reading(o.grad(), o.m().map(), o.v().map());
            case Op.LionStep o -> inPlace(o.param(), o.m()).reading(o.grad());
            case Op.SampleTokens o ->
                of(o.out())
                        .reading(o.logits(), o.slots())
                        .reading(
                                o.rules().settings(),
                                o.rules().keys(),
                                o.rules().forbidden(),
                                o.rules().parts())
                        .adding(o.history().ids())
                        .adding(o.history().lengths());
            case Op.LastTokens o ->
                of(o.ids(), o.positions(), o.keyLengths(), o.places())
                        .reading(o.history().ids(), o.history().lengths(), o.slots(), o.blockTable());
        };
    }

    /** Bytes that are read and written, at least: of each tensor once for either. Of a table all rows count. */
    public long bytes() {
        return Stream.concat(reads.stream(), writes.stream())
                .mapToLong(Tensor::bytes)
                .sum();
    }

    private static Accesses of(Tensor... written) {
        return new Accesses(new ArrayList<>(), present(written));
    }

    private static Accesses inPlace(Tensor... changed) {
        return new Accesses(present(changed), present(changed));
    }

    private static Accesses written(Tensor out, boolean accumulate) {
        return accumulate ? inPlace(out) : of(out);
    }

    private Accesses reading(Tensor... tensors) {
        reads.addAll(present(tensors));
        return this;
    }

    private Accesses reading(Weight weight) {
        reads.addAll(weight.tensors());
        return this;
    }

    private Accesses reading(Segments segments) {
        return reading(segments.queryStart(), segments.queryLength(), segments.keyLength())
                .reading(segments.keyStart(), segments.blockTable());
    }

    private Accesses adding(Tensor changed) {
        writes.addAll(present(changed));
        return reading(changed);
    }

    private static List<Tensor> present(Tensor... tensors) {
        List<Tensor> present = new ArrayList<>(tensors.length);
        for (Tensor tensor : tensors) {
            if (tensor != null) {
                present.add(tensor);
            }
        }
        return present;
    }
}
