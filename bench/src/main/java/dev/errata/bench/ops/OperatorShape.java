package dev.errata.bench.ops;

import dev.errata.tensor.Accesses;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The shapes that an operator works on, in words. */
public final class OperatorShape {
    private OperatorShape() {}

    /**
     * As {@code 1024x1536x576 BF16} for the M, N and K of a product, with {@code prepared} for a weight in the backend's own
     * form; else the shapes of its first tensors.
     */
    public static String of(Op op) {
        return switch (op) {
            case Op.Linear linear -> product(linear.x(), linear.out().columns(), linear.weight());
            case Op.LinearBackward linear -> product(linear.dOut(), linear.dX().columns(), linear.weight());
            case Op.MatMul product ->
                product.c().rows() + "x" + product.c().columns() + "x" + inner(product)
                        + (product.transposeA() ? " aT" : "") + (product.transposeB() ? " bT" : "");
            default -> {
                Accesses accesses = Accesses.of(op);
                yield Stream.concat(accesses.reads().stream(), accesses.writes().stream())
                        .distinct()
                        .limit(2)
                        .map(tensor -> tensor.shape() + " " + tensor.dtype())
                        .collect(Collectors.joining(", "));
            }
        };
    }

    private static String product(Tensor x, int columns, Weight weight) {
        return x.rows() + "x" + columns + "x" + x.columns() + " " + x.dtype() + " by " + kind(weight);
    }

    private static String kind(Weight weight) {
        return switch (weight) {
            case Weight.Dense(Tensor tensor) -> tensor.dtype().toString();
            case Weight.FourBit fourBit -> "4-bit in blocks of " + fourBit.blockSize();
            case Weight.Ggml ggml -> ggml.type().toString();
            case Weight.Prepared prepared -> {
                double bits = 8.0 * prepared.bytes() / ((double) prepared.out() * prepared.in());
                yield String.format(Locale.ROOT, "prepared, %.1f bits", bits);
            }
        };
    }

    static int inner(Op.MatMul product) {
        return product.transposeA() ? product.a().rows() : product.a().columns();
    }
}
