package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.OperatorLaunches.require;

import dev.errata.kernels.cuda.Gemm.Form;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;

/**
 * Matrix products of operators. Which kernels do one is told here and by {@link MixedProducts} and {@link Bf16Gemm}, from types,
 * form, the step's kind and the sizes that aren't tokens: a row has the same bits alone and among any others of a step of its
 * kind.
 *
 * <ul>
 *   <li>Decoding by a 4-bit weight reads its codes as they are: {@link FourBitDecoding}, in f32 {@link FourBitKernels}.
 *   <li>What has a bf16 factor goes to the tensor cores; quantized weights of bf16 are widened to bf16 in scratch first.
 *   <li>The rest is f32, on F32 copies of what isn't ({@link F32Gemm}).
 * </ul>
 */
final class ProductLaunches {
    private final long stream;
    private final F32Gemm f32;
    private final MixedProducts mixed;
    private final FourBitKernels fourBit;
    private final FourBitDecoding decoding;
    private final WeightLaunches weights;
    private final StoredOperands operands;
    private StepKind step = StepKind.ROWS;

    ProductLaunches(
            KernelLibrary library, DevicePool pool, WeightLaunches weights, StoredOperands operands, long stream) {
        this.weights = weights;
        this.operands = operands;
        this.stream = stream;
        f32 = new F32Gemm(library);
        mixed = new MixedProducts(library, pool, stream);
        fourBit = new FourBitKernels(library);
        decoding = new FourBitDecoding(library, pool);
    }

    /** What the rows of the next products are. */
    void step(StepKind kind) {
        step = kind;
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
        if (o.transposeA() && o.transposeB()) {
            Gemm product = Gemm.of(Form.TT, m, n, k, read(o.a()), read(o.b()), update(o.c(), o.accumulate()));
            f32.launch(product.scaled(o.alpha(), o.accumulate() ? 1 : 0), stream);
            return;
        }
        Form form = o.transposeA() ? Form.TN : o.transposeB() ? Form.NT : Form.NN;
        multiply(form, m, n, k, typed(o.a()), typed(o.b()), o.c(), o.alpha(), o.accumulate());
    }

    void run(Op.Linear o) {
        int rows = o.x().rows();
        Weight w = o.weight();
        require(
                o,
                o.x().columns() == w.in() && o.out().rows() == rows && o.out().columns() == w.out());
        if (w.eightBitRows()) {
            throw new IllegalArgumentException("rows of 8 bits aren't multiplied on CUDA: " + o);
        }
        if (rows == 0) {
            return;
        }
        if (step == StepKind.DECODING && w instanceof Weight.FourBit packed) {
            decode(o, WeightLaunches.addresses(packed));
            return;
        }
        try (WidenedWeight wide = weights.multiplied(w)) {
            multiply(Form.NT, rows, w.out(), w.in(), typed(o.x()), wide.matrix(w.in()), o.out(), 1, o.accumulate());
        }
    }

    void run(Op.LinearBackward o) {
        int rows = o.dOut().rows();
        Weight w = o.weight();
        require(o, o.dOut().columns() == w.out() && o.dX().rows() == rows && o.dX().columns() == w.in());
        if (rows == 0) {
            return;
        }
        try (WidenedWeight wide = weights.multiplied(w)) {
            multiply(Form.NN, rows, w.in(), w.out(), typed(o.dOut()), wide.matrix(w.in()), o.dX(), 1, o.accumulate());
        }
    }

    /** A row's sum is the same in all places and among any number of rows. */
    private void decode(Op.Linear o, FourBitAddresses weight) {
        int in = o.weight().in();
        int out = o.weight().out();
        int rows = o.x().rows();
        if (o.x().dtype() == DType.BF16 && FourBitProduct.takes(weight, in)) {
            DType to = o.out().dtype() == DType.BF16 ? DType.BF16 : DType.F32;
            long y = to == DType.BF16 ? DeviceMemory.of(o.out()) : operands.update(o.out(), o.accumulate());
            long x = DeviceMemory.of(o.x());
            decoding.launch(new FourBitProduct(weight, x, to, y, o.accumulate(), rows, out, in), stream);
            return;
        }
        long x = operands.read(o.x());
        long y = operands.update(o.out(), o.accumulate());
        for (int first = 0; first < rows; first += FourBitKernels.MOST_ROWS) {
            int some = Math.min(FourBitKernels.MOST_ROWS, rows - first);
            long fromX = x + (long) first * in * Float.BYTES;
            long toY = y + (long) first * out * Float.BYTES;
            fourBit.multiply(weight, fromX, toY, o.accumulate(), some, out, in, stream);
        }
    }

    /** c = (or +=) alpha · op(a) · op(b), not both transposed. */
    void multiply(
            Form form, int m, int n, int k, TypedMatrix a, TypedMatrix b, Tensor c, float alpha, boolean accumulate) {
        DType result = c.dtype() == DType.BF16 ? DType.BF16 : DType.F32;
        MixedProducts.Factors factors = new MixedProducts.Factors(form, m, n, k, a, b, result, alpha, accumulate);
        if (result == DType.BF16 && MixedProducts.takes(factors)) {
            mixed.launch(step, factors, new DeviceMatrix(DeviceMemory.of(c), n));
        } else {
            multiply(factors.intoF32(), update(c, accumulate));
        }
    }

    /**
     * c = op(a) · op(b), c F32.
     *
     * @param rounded what the result will be rounded to
     */
    void multiply(Form form, int m, int n, int k, TypedMatrix a, TypedMatrix b, DeviceMatrix c, DType rounded) {
        MixedProducts.Factors factors = new MixedProducts.Factors(form, m, n, k, a, b, DType.F32, 1, false);
        if (rounded == DType.BF16 && MixedProducts.isPaired(factors)) {
            mixed.launchPaired(step, factors, c);
        } else {
            multiply(factors, c);
        }
    }

    /**
     * c [m, n] = (or +=) dropout of a · b in one product, if a kernel does that; else nothing is launched.
     *
     * @return whether it was done
     */
    boolean multiplyDropped(
            int m, int n, int k, TypedMatrix a, TypedMatrix b, Tensor c, DropoutMask mask, boolean accumulate) {
        MixedProducts.Factors factors =
                new MixedProducts.Factors(Form.NN, m, n, k, a, b, c.dtype(), mask.scale(), accumulate);
        return c.dtype() == DType.BF16 && mixed.launchDropped(factors, new DeviceMatrix(DeviceMemory.of(c), n), mask);
    }

    private void multiply(MixedProducts.Factors f, DeviceMatrix c) {
        if (MixedProducts.takes(f)) {
            mixed.launch(step, f, c);
            return;
        }
        Gemm product = Gemm.of(f.form(), f.m(), f.n(), f.k(), f.a().matrix(), f.b().matrix(), c)
                .scaled(f.alpha(), f.accumulate() ? 1 : 0);
        if (step == StepKind.DECODING && f.form() == Form.NT) {
            f32.launchFewRows(product, stream);
        } else {
            f32.launch(product, stream);
        }
    }

    /** A tensor as it is if it is BF16, else as F32. */
    TypedMatrix typed(Tensor tensor) {
        return tensor.dtype() == DType.BF16
                ? new TypedMatrix(DeviceMemory.of(tensor), tensor.columns(), DType.BF16)
                : new TypedMatrix(operands.read(tensor), tensor.columns(), DType.F32);
    }

    private DeviceMatrix read(Tensor tensor) {
        return new DeviceMatrix(operands.read(tensor), tensor.columns());
    }

    private DeviceMatrix update(Tensor tensor, boolean accumulate) {
        return new DeviceMatrix(operands.update(tensor, accumulate), tensor.columns());
    }
}
