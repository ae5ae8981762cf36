package dev.errata.kernels.cuda;

import dev.errata.kernels.cuda.Gemm.Form;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import java.util.function.LongConsumer;

/**
 * Products of dropped rows: dropout and a product one after the other, with what is dropped in scratch of the input's type. The mask
 * alone is applied there, which rounds nothing; 1 / (1 − p) comes with the product. A BF16 input's gradient is dropped inside its product
 * where a kernel does that.
 */
final class DropoutLinearLaunches {
    private final DevicePool pool;
    private final long stream;
    private final ElementwiseKernels elementwise;
    private final ProductLaunches products;
    private final StoredOperands operands;

    DropoutLinearLaunches(
            DevicePool pool,
            ElementwiseKernels elementwise,
            ProductLaunches products,
            StoredOperands operands,
            long stream) {
        this.pool = pool;
        this.stream = stream;
        this.elementwise = elementwise;
        this.products = products;
        this.operands = operands;
    }

    void run(Op.DropoutLinear o) {
        int rows = o.x().rows();
        int in = o.x().columns();
        int out = o.weight().rows();
        TypedMatrix weight = products.typed(o.weight());
        withMasked(
                o,
                masked -> products.multiply(Form.NT, rows, out, in, masked, weight, o.out(), mask(o).scale(), false));
    }

    void run(Op.DropoutLinearBackward o) {
        if (o.dWeight() != null) {
            weightGradient(o);
        }
        if (o.dX() != null) {
            inputGradient(o);
        }
    }

    private void weightGradient(Op.DropoutLinearBackward o) {
        int rows = o.dOut().rows();
        int in = o.forward().x().columns();
        int out = o.dOut().columns();
        TypedMatrix dOut = products.typed(o.dOut());
        float kept = mask(o.forward()).scale();
        withMasked(
                o.forward(),
                masked -> products.multiply(Form.TN, out, in, rows, dOut, masked, o.dWeight(), kept, true));
    }

    private void inputGradient(Op.DropoutLinearBackward o) {
        Op.DropoutLinear forward = o.forward();
        int rows = o.dOut().rows();
        int in = forward.x().columns();
        int out = o.dOut().columns();
        long n = (long) rows * in;
        TypedMatrix dOut = products.typed(o.dOut());
        TypedMatrix weight = products.typed(forward.weight());
        DropoutMask mask = mask(forward);
        if (products.multiplyDropped(rows, in, out, dOut, weight, o.dX(), mask, o.accumulate())) {
            return;
        }
        Precision precision = operands.common(o.dX());
        long dX = operands.update(o.dX(), o.accumulate());
        withScratch(n * Float.BYTES, added -> {
            DeviceMatrix product = new DeviceMatrix(added, in);
            products.multiply(Form.NN, rows, in, out, dOut, weight, product, o.dX().dtype());
            elementwise.addDropped(precision, added, dX, o.accumulate(), mask, n, stream);
        });
    }

    private interface OfMasked {
        void launch(TypedMatrix masked);
    }

    /** Launches what reads the input with zeros where it is dropped. */
    private void withMasked(Op.DropoutLinear o, OfMasked launches) {
        Tensor x = o.x();
        Precision precision = operands.common(x);
        long from = operands.read(x);
        DType type = precision.dtype();
        withScratch(x.elements() * type.bytes(), masked -> {
            elementwise.mask(precision, from, masked, mask(o), x.elements(), stream);
            launches.launch(new TypedMatrix(masked, x.columns(), type));
        });
    }

    private void withScratch(long bytes, LongConsumer launches) {
        DeviceMemory memory = pool.allocate(bytes);
        try {
            launches.accept(memory.address());
        } finally {
            pool.free(memory);
        }
    }

    private static DropoutMask mask(Op.DropoutLinear o) {
        return new DropoutMask(o.p(), o.seed(), o.stream());
    }
}
