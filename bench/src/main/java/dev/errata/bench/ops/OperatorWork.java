package dev.errata.bench.ops;

import dev.errata.tensor.Accesses;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;

/** What an operator has to compute and to move at least. */
public final class OperatorWork {
    private OperatorWork() {}

    /**
     * Additions and multiplications of products and of attention's products, 0 for other operators, and the bytes of the operands,
     * each once for reading and once for writing. Of a table of embeddings the rows that are read count.
     */
    public static Work of(Op op, Accesses accesses, SegmentLengths lengths) {
        double operations = switch (op) {
            // scores and mixed values
            case Op.Attention o -> 4 * pairElements(o, lengths);
            // scores again, and the gradients of values, probabilities, queries and keys
            case Op.AttentionBackward o -> 10 * pairElements(o.forward(), lengths);
            default -> ofProduct(op);
        };
        double bytes = op instanceof Op.Embedding o ? 2.0 * o.out().bytes() : accesses.bytes();
        return new Work(operations, bytes, arithmetic(op));
    }

    /** What is multiplied as bf16 where the machine has a unit for it: rows of BF16 by a weight, unless that is F32, and attention of BF16. */
    private static Arithmetic arithmetic(Op op) {
        boolean bf16 = switch (op) {
            case Op.Linear o -> isBf16(o.x()) && isBf16(o.weight());
            case Op.LinearBackward o -> isBf16(o.dOut()) && isBf16(o.weight());
            case Op.MatMul o -> isBf16(o.a()) && isBf16(o.b());
            case Op.Attention o -> isBf16(o.q()) && isBf16(o.k());
            case Op.AttentionBackward o ->
                isBf16(o.dOut())
                        && isBf16(o.forward().q())
                        && isBf16(o.forward().k());
            default -> false;
        };
        return bf16 ? Arithmetic.BF16 : Arithmetic.F32;
    }

    private static boolean isBf16(Tensor tensor) {
        return tensor.dtype() == DType.BF16;
    }

    /** Codes are widened to the type of the rows; so is what a backend has prepared. */
    private static boolean isBf16(Weight weight) {
        return !(weight instanceof Weight.Dense(Tensor tensor)) || isBf16(tensor);
    }

    /** Additions and multiplications of a product; 0 for other operators. */
    public static double ofProduct(Op op) {
        return switch (op) {
            case Op.Linear o -> 2.0 * o.x().elements() * o.out().columns();
            case Op.LinearBackward o -> 2.0 * o.dOut().elements() * o.dX().columns();
            case Op.MatMul o -> 2.0 * o.c().elements() * OperatorShape.inner(o);
            case Op.DropoutLinear o -> 2.0 * o.x().elements() * o.out().columns();
            case Op.DropoutLinearBackward o -> {
                int products = (o.dX() == null ? 0 : 1) + (o.dWeight() == null ? 0 : 1);
                yield 2.0 * products * o.forward().x().elements() * o.dOut().columns();
            }
            default -> 0;
        };
    }

    private static double pairElements(Op.Attention attention, SegmentLengths lengths) {
        return lengths.pairs(attention.segments(), attention.window()) * attention.heads() * attention.headDim();
    }
}
