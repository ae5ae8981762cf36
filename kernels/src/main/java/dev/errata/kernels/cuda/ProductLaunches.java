package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.OperatorLaunches.require;

import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;

/**
 * Matrix products of operators, all by {@code gemm_f32}: each element is one chain over k, so a row has the same bits alone
 * and among any others. Activations in bf16 and weights that aren't f32 are widened into scratch before each product, also of
 * one row, for which {@link FourBitKernels#multiply} is faster for 4-bit weights: its sums have another order, and which rows of a batch would take
 * it depends on how many they are.
 */
final class ProductLaunches {
    private final long stream;
    private final F32Gemm f32;
    private final WeightLaunches weights;
    private final F32Operands operands;

    ProductLaunches(KernelLibrary library, WeightLaunches weights, F32Operands operands, long stream) {
        this.weights = weights;
        this.operands = operands;
        this.stream = stream;
        f32 = new F32Gemm(library);
    }

    void run(Op.MatMul o) {
        int m = o.c().rows();
        int n = o.c().columns();
        int k = o.transposeA() ? o.a().rows() : o.a().columns();
        require(
                o,
                (o.transposeA() ? o.a().columns() : o.a().rows()) == m
                        && (o.transposeB() ? o.b().rows() : o.b().columns()) == n
                        && (o.transposeB() ? o.b().columns() : o.b().rows()) == k);
        Gemm.Form form = o.transposeA()
                ? (o.transposeB() ? Gemm.Form.TT : Gemm.Form.TN)
                : (o.transposeB() ? Gemm.Form.NT : Gemm.Form.NN);
        Gemm product = Gemm.of(form, m, n, k, read(o.a()), read(o.b()), update(o.c(), o.accumulate()))
                .scaled(o.alpha(), o.accumulate() ? 1 : 0);
        f32.launch(product, stream);
    }

    void run(Op.Linear o) {
        linear(o, o.x(), o.weight(), o.out(), true, o.accumulate());
    }

    void run(Op.LinearBackward o) {
        linear(o, o.dOut(), o.weight(), o.dX(), false, o.accumulate());
    }

    private void linear(Op o, Tensor x, Weight w, Tensor out, boolean transposeWeight, boolean accumulate) {
        int rows = x.rows();
        int outputs = transposeWeight ? w.out() : w.in();
        int depth = transposeWeight ? w.in() : w.out();
        require(o, x.columns() == depth && out.rows() == rows && out.columns() == outputs);
        if (rows == 0) {
            return;
        }
        try (WidenedWeight widened = weights.widened(w)) {
            Gemm product = Gemm.of(
                            transposeWeight ? Gemm.Form.NT : Gemm.Form.NN,
                            rows,
                            outputs,
                            depth,
                            read(x),
                            new DeviceMatrix(widened.address(), w.in()),
                            update(out, accumulate))
                    .scaled(1, accumulate ? 1 : 0);
            f32.launch(product, stream);
        }
    }

    private DeviceMatrix read(Tensor tensor) {
        return new DeviceMatrix(operands.read(tensor), tensor.columns());
    }

    private DeviceMatrix update(Tensor tensor, boolean accumulate) {
        return new DeviceMatrix(operands.update(tensor, accumulate), tensor.columns());
    }
}
