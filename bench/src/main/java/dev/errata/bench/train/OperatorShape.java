package dev.errata.bench.train;

import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** The shapes that an operator works on, in words, and how much arithmetic a product is. */
final class OperatorShape {
    private OperatorShape() {}

    /**
     * As {@code 1024x1536x576 BF16} for the M, N and K of a product, with {@code prepared} for a weight in the backend's own
     * form; else the shapes of its first tensors.
     */
    static String of(Op op) {
        return switch (op) {
            case Op.Linear linear -> product(linear.x(), linear.out().columns(), linear.weight());
            case Op.LinearBackward linear -> product(linear.dOut(), linear.dX().columns(), linear.weight());
            case Op.MatMul product ->
                product.c().rows() + "x" + product.c().columns() + "x" + inner(product)
                        + (product.transposeA() ? " aT" : "") + (product.transposeB() ? " bT" : "");
            default ->
                tensors(op).stream()
                        .limit(2)
                        .map(tensor -> tensor.shape() + " " + tensor.dtype())
                        .collect(Collectors.joining(", "));
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

    /** Additions and multiplications of a product; 0 for other operators. */
    static double operations(Op op) {
        return switch (op) {
            case Op.Linear linear -> 2.0 * linear.x().elements() * linear.out().columns();
            case Op.LinearBackward linear ->
                2.0 * linear.dOut().elements() * linear.dX().columns();
            case Op.MatMul product -> 2.0 * product.c().elements() * inner(product);
            default -> 0;
        };
    }

    private static int inner(Op.MatMul product) {
        return product.transposeA() ? product.a().rows() : product.a().columns();
    }

    private static List<Tensor> tensors(Op op) {
        List<Tensor> tensors = new ArrayList<>();
        for (RecordComponent component : op.getClass().getRecordComponents()) {
            try {
                if (component.getAccessor().invoke(op) instanceof Tensor tensor) {
                    tensors.add(tensor);
                }
            } catch (ReflectiveOperationException e) {
                throw new IllegalStateException("an operator that can't be read", e);
            }
        }
        return tensors;
    }
}
