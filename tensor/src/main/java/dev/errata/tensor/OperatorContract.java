package dev.errata.tensor;

/**
 * What the tensors of an operator must be for each other: a backend asks before it runs one, so that a broken shape is an
 * error with the operator's and the tensor's name on every backend, and never a read past an end. What tensors contain (ids,
 * rows, places) is for the backend to check, and which element types it has kernels for.
 */
public final class OperatorContract {
    private OperatorContract() {}

    /**
     * @throws IllegalArgumentException if a shape or an element type breaks what {@link Op} says of it
     */
    public static void require(Op op) {
        switch (op) {
            case Op.Fill o -> floats(op, "x", o.x());
            case Op.Add o -> {
                floats(op, "out", o.out());
                like(op, "a", o.a(), o.out());
                like(op, "b", o.b(), o.out());
            }
            case Op.Scale o -> floats(op, "x", o.x());
            case Op.Copy o -> {
                elements(op, "out", o.out(), o.x().elements());
                boolean converts = o.x().dtype().isFloat() && o.out().dtype().isFloat();
                check(converts || o.x().dtype() == o.out().dtype(), op, "out", o.out(), "a type x can be converted to");
            }
            case Op.Embedding o -> {
                ids(op, "ids", o.ids(), o.out().rows());
                matrix(op, "out", o.out(), o.ids().elements(), o.table().in());
            }
            case Op.EmbeddingBackward o -> {
                ids(op, "ids", o.ids(), o.dOut().rows());
                floats(op, "dOut", o.dOut());
                matrix(op, "dTable", o.dTable(), o.dTable().rows(), o.dOut().columns());
            }
            case Op.RmsNorm o -> {
                norm(op, o.x(), o.weight(), o.rstd());
                like(op, "out", o.out(), o.x());
            }
            case Op.RmsNormBackward o -> {
                norm(op, o.x(), o.weight(), o.rstd());
                like(op, "dOut", o.dOut(), o.x());
                like(op, "dX", o.dX(), o.x());
                likeOrNull(op, "dWeight", o.dWeight(), o.weight());
            }
            case Op.MatMul o -> matMul(o);
            case Op.Linear o -> {
                matrix(op, "x", o.x(), o.x().rows(), o.weight().in());
                matrix(op, "out", o.out(), o.x().rows(), o.weight().out());
            }
            case Op.LinearBackward o -> {
                matrix(op, "dOut", o.dOut(), o.dOut().rows(), o.weight().out());
                matrix(op, "dX", o.dX(), o.dOut().rows(), o.weight().in());
            }
            case Op.Dequantize o ->
                matrix(op, "out", o.out(), o.weight().out(), o.weight().in());
            case Op.LoraRowNorm o -> {
                matrix(op, "a", o.a(), o.a().rows(), o.weight().in());
                matrix(op, "b", o.b(), o.weight().out(), o.a().rows());
                vector(op, "out", o.out(), o.weight().out());
            }
            case Op.ScaleColumns o -> {
                scaleColumns(op, o);
                like(op, "out", o.out(), o.x());
            }
            case Op.ScaleColumnsBackward o -> {
                scaleColumns(op, o.forward());
                like(op, "dOut", o.dOut(), o.forward().x());
                likeOrNull(op, "dX", o.dX(), o.forward().x());
                likeOrNull(op, "dMagnitude", o.dMagnitude(), o.forward().magnitude());
            }
            case Op.AddBias o -> {
                floats(op, "x", o.x());
                vector(op, "bias", o.bias(), o.x().columns());
            }
            case Op.AddBiasBackward o -> {
                floats(op, "dOut", o.dOut());
                vector(op, "dBias", o.dBias(), o.dOut().columns());
            }
            case Op.Rope o -> rope(o);
            case Op.Attention o -> {} // by its constructor, as the next two
            case Op.AttentionBackward o -> {}
            case Op.WriteKeyValues o -> {}
            case Op.GatedActivation o -> {
                floats(op, "out", o.out());
                like(op, "gate", o.gate(), o.out());
                like(op, "up", o.up(), o.out());
            }
            case Op.GatedActivationBackward o -> {
                floats(op, "gate", o.gate());
                like(op, "up", o.up(), o.gate());
                like(op, "dOut", o.dOut(), o.gate());
                like(op, "dGate", o.dGate(), o.gate());
                like(op, "dUp", o.dUp(), o.gate());
            }
            case Op.SoftCap o -> {
                floats(op, "x", o.x());
                like(op, "out", o.out(), o.x());
            }
            case Op.SoftCapBackward o -> {
                floats(op, "out", o.out());
                like(op, "dOut", o.dOut(), o.out());
                like(op, "dX", o.dX(), o.out());
            }
            case Op.SliceColumns o -> window(op, o.x(), o.from(), o.out());
            case Op.SliceColumnsBackward o -> window(op, o.dX(), o.from(), o.dOut());
            case Op.GatherRows o -> {
                ids(op, "rows", o.rows(), o.out().rows());
                floats(op, "x", o.x());
                matrix(op, "out", o.out(), o.rows().elements(), o.x().columns());
            }
            case Op.ScatterRows o -> {
                ids(op, "rows", o.rows(), o.x().rows());
                floats(op, "x", o.x());
                matrix(op, "out", o.out(), o.out().rows(), o.x().columns());
            }
            case Op.CrossEntropy o -> {
                floats(op, "logits", o.logits());
                ids(op, "labels", o.labels(), o.logits().rows());
                vector(op, "losses", o.losses(), o.logits().rows());
                likeOrNull(op, "dLogits", o.dLogits(), o.logits());
            }
            case Op.Dropout o -> {
                floats(op, "x", o.x());
                like(op, "out", o.out(), o.x());
            }
            case Op.DropoutLinear o -> {
                dropoutLinear(op, o);
                matrix(op, "out", o.out(), o.x().rows(), o.weight().rows());
            }
            case Op.DropoutLinearBackward o -> {
                dropoutLinear(op, o.forward());
                matrix(
                        op,
                        "dOut",
                        o.dOut(),
                        o.forward().x().rows(),
                        o.forward().weight().rows());
                likeOrNull(op, "dX", o.dX(), o.forward().x());
                likeOrNull(op, "dWeight", o.dWeight(), o.forward().weight());
            }
            case Op.SumSquares o -> {
                floats(op, "x", o.x());
                check(o.out().dtype() == DType.F64 && o.out().elements() == 1, op, "out", o.out(), "F64 [1]");
            }
            case Op.AdamWStep o -> {
                floats(op, "param", o.param());
                like(op, "grad", o.grad(), o.param());
                like(op, "m", o.m(), o.param());
                like(op, "v", o.v(), o.param());
            }
            case Op.AdamW8bitStep o -> {
                floats(op, "param", o.param());
                like(op, "grad", o.grad(), o.param());
                states(op, "m", o.m(), o.param().elements());
                states(op, "v", o.v(), o.param().elements());
            }
            case Op.LionStep o -> {
                floats(op, "param", o.param());
                like(op, "grad", o.grad(), o.param());
                like(op, "m", o.m(), o.param());
            }
            case Op.SampleTokens o -> {
                floats(op, "logits", o.logits());
                ids(op, "slots", o.slots(), o.logits().rows());
                ids(op, "out", o.out(), o.logits().rows());
                long slots = o.history().slots();
                check(
                        o.rules().parts().elements() == 2 * slots,
                        op,
                        "the rules",
                        o.rules().parts(),
                        "of the history's slots");
            }
            case Op.LastTokens o -> {
                ids(op, "ids", o.ids(), o.slots().elements());
                ids(op, "positions", o.positions(), o.slots().elements());
                ids(op, "keyLengths", o.keyLengths(), o.slots().elements());
                ids(op, "places", o.places(), o.slots().elements());
                Tensor table = o.blockTable();
                check(
                        table.dtype() == DType.I32 && table.rows() == o.slots().elements() && o.blockSize() > 0,
                        op,
                        "blockTable",
                        table,
                        "I32, a row of blocks for each slot");
            }
        }
    }

    /** x of whole runs, as wide as the weight, with an F32 rstd for each. */
    private static void norm(Op op, Tensor x, Tensor weight, Tensor rstd) {
        floats(op, "x", x);
        floats(op, "weight", weight);
        long width = weight.elements();
        check(width > 0 ? x.columns() % width == 0 : x.elements() == 0, op, "x", x, "whole runs of the weight's size");
        vector(op, "rstd", rstd, width == 0 ? 0 : x.elements() / width);
    }

    private static void matMul(Op.MatMul o) {
        long k = o.transposeA() ? o.a().rows() : o.a().columns();
        long m = o.transposeA() ? o.a().columns() : o.a().rows();
        long n = o.transposeB() ? o.b().rows() : o.b().columns();
        floats(o, "a", o.a());
        matrix(o, "b", o.b(), o.transposeB() ? n : k, o.transposeB() ? k : n);
        matrix(o, "c", o.c(), m, n);
    }

    private static void dropoutLinear(Op op, Op.DropoutLinear o) {
        floats(op, "x", o.x());
        matrix(op, "weight", o.weight(), o.weight().rows(), o.x().columns());
    }

    private static void scaleColumns(Op op, Op.ScaleColumns o) {
        floats(op, "x", o.x());
        vector(op, "magnitude", o.magnitude(), o.x().columns());
        vector(op, "norm", o.norm(), o.x().columns());
    }

    /** Half as many angles as elements of a head that are turned, a row of them for each position. */
    private static void rope(Op.Rope o) {
        floats(o, "x", o.x());
        ids(o, "positions", o.positions(), o.x().rows());
        check(o.headDim() > 0 && o.x().columns() % o.headDim() == 0, o, "x", o.x(), "whole heads");
        check(2L * o.cos().columns() <= o.headDim(), o, "cos", o.cos(), "at most half a head wide");
        like(o, "sin", o.sin(), o.cos());
    }

    /** Columns of a wide matrix from one on, as many rows in both. */
    private static void window(Op op, Tensor wide, int from, Tensor narrow) {
        floats(op, "the wide matrix", wide);
        floats(op, "the narrow matrix", narrow);
        check(
                wide.rows() == narrow.rows() && from >= 0 && (long) from + narrow.columns() <= wide.columns(),
                op,
                "the narrow matrix",
                narrow,
                "columns of the wide one");
    }

    private static void states(Op op, String name, Blockwise8Bit states, long elements) {
        check(
                states.codes().dtype() == DType.U8 && states.codes().elements() == elements,
                op,
                name,
                states.codes(),
                "a U8 code for each parameter");
        vector(op, name, states.absmax(), Blockwise8Bit.blocks(elements));
        vector(op, name, states.map(), Blockwise8Bit.CODES);
    }

    private static void ids(Op op, String name, Tensor tensor, long count) {
        check(
                tensor.dtype() == DType.I32 && tensor.elements() == count,
                op,
                name,
                tensor,
                "an I32 element for each row");
    }

    private static void floats(Op op, String name, Tensor tensor) {
        check(tensor.dtype().isFloat(), op, name, tensor, "of a float type");
    }

    private static void elements(Op op, String name, Tensor tensor, long count) {
        check(tensor.elements() == count, op, name, tensor, "as many elements as x");
    }

    private static void likeOrNull(Op op, String name, Tensor tensor, Tensor other) {
        if (tensor != null) {
            like(op, name, tensor, other);
        }
    }

    /** A float tensor in another's shape; leading dimensions may be split otherwise. */
    private static void like(Op op, String name, Tensor tensor, Tensor other) {
        if (!tensor.dtype().isFloat() || tensor.elements() != other.elements() || tensor.columns() != other.columns()) {
            throw broken(op, name, tensor, "the shape of " + other);
        }
    }

    private static void vector(Op op, String name, Tensor tensor, long count) {
        if (!tensor.dtype().isFloat() || tensor.elements() != count) {
            throw broken(op, name, tensor, count + " elements of a float type");
        }
    }

    private static void matrix(Op op, String name, Tensor tensor, long rows, long columns) {
        if (!tensor.dtype().isFloat() || tensor.rows() != rows || tensor.columns() != columns) {
            throw broken(op, name, tensor, "[" + rows + ", " + columns + "] of a float type");
        }
    }

    private static void check(boolean holds, Op op, String name, Tensor tensor, String wanted) {
        if (!holds) {
            throw broken(op, name, tensor, wanted);
        }
    }

    private static IllegalArgumentException broken(Op op, String name, Tensor tensor, String wanted) {
        return new IllegalArgumentException(
                op.getClass().getSimpleName() + " needs " + name + " to be " + wanted + ", not " + tensor);
    }
}
