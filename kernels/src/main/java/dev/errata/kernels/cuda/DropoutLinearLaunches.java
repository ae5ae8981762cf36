package dev.errata.kernels.cuda;

import dev.errata.tensor.Op;

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
            KernelLibrary library,
            DevicePool pool,
            ElementwiseKernels elementwise,
            F32Operands operands,
            long stream) {
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
        DeviceMemory dropped = dropped(o);
        multiply(Gemm.of(Gemm.Form.NT, rows, out, in, new DeviceMatrix(dropped.address(), in), weight, to));
        pool.free(dropped);
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
        DeviceMemory dropped = dropped(o.forward());
        multiply(Gemm.of(Gemm.Form.TN, out, in, rows, dOut, new DeviceMatrix(dropped.address(), in), dWeight)
                .scaled(1, 1));
        pool.free(dropped);
    }

    private void inputGradient(Op.DropoutLinearBackward o) {
        int rows = o.dOut().rows();
        int in = o.forward().x().columns();
        int out = o.dOut().columns();
        long n = (long) rows * in;
        DeviceMatrix dOut = new DeviceMatrix(operands.read(o.dOut()), out);
        DeviceMatrix weight = new DeviceMatrix(operands.read(o.forward().weight()), in);
        long dX = operands.update(o.dX(), o.accumulate());
        DeviceMemory added = o.accumulate() ? pool.allocate(n * Float.BYTES) : null;
        long to = added == null ? dX : added.address();
        multiply(Gemm.of(Gemm.Form.NN, rows, in, out, dOut, weight, new DeviceMatrix(to, in)));
        drop(o.forward(), to, to, n);
        if (added != null) {
            elementwise.add(Precision.F32, dX, to, dX, n, stream);
            pool.free(added);
        }
    }

    /** The dropped input as F32, to be freed. */
    private DeviceMemory dropped(Op.DropoutLinear o) {
        long from = operands.read(o.x());
        DeviceMemory to = pool.allocate(o.x().elements() * Float.BYTES);
        drop(o, from, to.address(), o.x().elements());
        return to;
    }

    private void drop(Op.DropoutLinear o, long from, long to, long n) {
        elementwise.dropout(Precision.F32, from, to, o.p(), o.seed(), o.stream(), n, stream);
    }

    private void multiply(Gemm product) {
        products.launch(product, stream);
    }
}
