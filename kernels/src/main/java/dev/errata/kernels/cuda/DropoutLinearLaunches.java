package dev.errata.kernels.cuda;

import dev.errata.tensor.Op;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * Products of dropped rows: dropout and a product of f32 one after the other, with what is dropped in scratch. The shared
 * operands are widened once for all launches of an operator.
 */
final class DropoutLinearLaunches {
    private final DevicePool pool;
    private final long stream;
    private final ElementwiseKernels elementwise;
    private final F32Gemm products;
    private final F32Operands operands;

    DropoutLinearLaunches(
            KernelLibrary library, DevicePool pool, ElementwiseKernels elementwise, F32Operands operands, long stream) {
        this.pool = pool;
        this.stream = stream;
        this.elementwise = elementwise;
        this.operands = operands;
        products = new F32Gemm(library);
    }

    void run(Op.DropoutLinear o) {
        int rows = o.x().rows();
        int in = o.x().columns();
        int out = o.weight().rows();
        DeviceMatrix weight = new DeviceMatrix(operands.read(o.weight()), in);
        DeviceMatrix to = new DeviceMatrix(operands.write(o.out()), out);
        withDropped(o, dropped -> multiply(Gemm.of(Gemm.Form.NT, rows, out, in, dropped, weight, to)));
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
        DeviceMatrix dOut = new DeviceMatrix(operands.read(o.dOut()), out);
        DeviceMatrix dWeight = new DeviceMatrix(operands.update(o.dWeight()), in);
        withDropped(
                o.forward(),
                dropped -> multiply(Gemm.of(Gemm.Form.TN, out, in, rows, dOut, dropped, dWeight)
                        .scaled(1, 1)));
    }

    private void inputGradient(Op.DropoutLinearBackward o) {
        int rows = o.dOut().rows();
        int in = o.forward().x().columns();
        int out = o.dOut().columns();
        long n = (long) rows * in;
        DeviceMatrix dOut = new DeviceMatrix(operands.read(o.dOut()), out);
        DeviceMatrix weight = new DeviceMatrix(operands.read(o.forward().weight()), in);
        long dX = operands.update(o.dX(), o.accumulate());
        if (!o.accumulate()) {
            multiply(Gemm.of(Gemm.Form.NN, rows, in, out, dOut, weight, new DeviceMatrix(dX, in)));
            drop(o.forward(), dX, dX, n);
            return;
        }
        withScratch(n, added -> {
            multiply(Gemm.of(Gemm.Form.NN, rows, in, out, dOut, weight, new DeviceMatrix(added, in)));
            drop(o.forward(), added, added, n);
            elementwise.add(Precision.F32, dX, added, dX, n, stream);
        });
    }

    /** Launches what reads the dropped input, as F32. */
    private void withDropped(Op.DropoutLinear o, Consumer<DeviceMatrix> launches) {
        long from = operands.read(o.x());
        long n = o.x().elements();
        withScratch(n, dropped -> {
            drop(o, from, dropped, n);
            launches.accept(new DeviceMatrix(dropped, o.x().columns()));
        });
    }

    private void withScratch(long floats, LongConsumer launches) {
        DeviceMemory memory = pool.allocate(floats * Float.BYTES);
        try {
            launches.accept(memory.address());
        } finally {
            pool.free(memory);
        }
    }

    private void drop(Op.DropoutLinear o, long from, long to, long n) {
        elementwise.dropout(Precision.F32, from, to, o.p(), o.seed(), o.stream(), n, stream);
    }

    private void multiply(Gemm product) {
        products.launch(product, stream);
    }
}
