package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.OperatorLaunches.f32;
import static dev.errata.kernels.cuda.OperatorLaunches.require;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;

/**
 * Matrix products of operators, whose activations are f32, all by {@code gemm_f32}: each element is one chain over k, so a
 * row has the same bits alone and among any others. A 4-bit weight is widened into scratch before each product, also of one
 * row, for which {@link FourBitKernels#multiply} is faster: its sums have another order, and which rows of a batch would take
 * it depends on how many they are.
 */
final class ProductLaunches {
    private final DevicePool pool;
    private final long stream;
    private final F32Gemm f32;
    private final FourBitKernels fourBit;

    ProductLaunches(KernelLibrary library, DevicePool pool, long stream) {
        this.pool = pool;
        this.stream = stream;
        f32 = new F32Gemm(library);
        fourBit = new FourBitKernels(library);
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
        Gemm product = Gemm.of(form, m, n, k, matrix(o.a()), matrix(o.b()), matrix(o.c()))
                .scaled(o.alpha(), o.accumulate() ? 1 : 0);
        f32.launch(product, stream);
    }

    void run(Op.MatMulBlockwise4Bit o) {
        Weight.FourBit w = o.weight();
        int rows = o.a().rows();
        int outputs = o.transposeWeight() ? w.out() : w.in();
        int depth = o.transposeWeight() ? w.in() : w.out();
        require(o, o.a().columns() == depth && o.c().rows() == rows && o.c().columns() == outputs);
        if (rows == 0) {
            return;
        }
        long elements = (long) w.out() * w.in();
        DeviceMemory widened = pool.allocate(elements * Float.BYTES);
        try {
            fourBit.dequantize(addresses(w), DType.F32, widened.address(), elements, stream);
            Gemm product = Gemm.of(
                            o.transposeWeight() ? Gemm.Form.NT : Gemm.Form.NN,
                            rows,
                            outputs,
                            depth,
                            matrix(o.a()),
                            new DeviceMatrix(widened.address(), w.in()),
                            matrix(o.c()))
                    .scaled(1, o.accumulate() ? 1 : 0);
            f32.launch(product, stream);
        } finally {
            pool.free(widened);
        }
    }

    void run(Op.DequantizeBlockwise4Bit o) {
        long elements = (long) o.weight().out() * o.weight().in();
        require(o, o.out().elements() == elements);
        fourBit.dequantize(addresses(o.weight()), DType.F32, f32(o.out()), elements, stream);
    }

    private static DeviceMatrix matrix(Tensor tensor) {
        return new DeviceMatrix(f32(tensor), tensor.columns());
    }

    static FourBitAddresses addresses(Weight.FourBit w) {
        return new FourBitAddresses(
                DeviceMemory.of(w.packed()),
                f32(w.code()),
                DeviceMemory.of(w.absmax()),
                w.isDoubleQuantized() ? f32(w.nestedAbsmax()) : 0,
                w.isDoubleQuantized() ? f32(w.nestedCode()) : 0,
                w.offset(),
                w.blockSize(),
                w.dtype());
    }
}
