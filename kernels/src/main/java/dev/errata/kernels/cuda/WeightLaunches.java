package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.OperatorLaunches.f32;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;

/** Widening of weights of all kinds on the device, whole, in front of the f32 kernels, and the operators that read them. */
final class WeightLaunches {
    private final CudaDriver driver;
    private final DevicePool pool;
    private final long stream;
    private final FourBitKernels fourBit;
    private final GgmlKernels ggml;
    private final ElementwiseKernels elementwise;
    private final RowKernels rows;
    private final RowNormKernels rowNorms;

    WeightLaunches(KernelLibrary library, DevicePool pool, long stream) {
        driver = library.driver();
        this.pool = pool;
        this.stream = stream;
        fourBit = new FourBitKernels(library);
        ggml = new GgmlKernels(library);
        elementwise = new ElementwiseKernels(library);
        rows = new RowKernels(library);
        rowNorms = new RowNormKernels(library);
    }

    /** The weight as F32, to be closed when its last reader has been launched. */
    WidenedWeight widened(Weight weight) {
        if (weight instanceof Weight.Dense(Tensor tensor) && tensor.dtype() == DType.F32) {
            return new WidenedWeight(f32(tensor), DType.F32, null, pool);
        }
        return scratch(weight, DType.F32);
    }

    /** The weight as BF16 if that is what its elements are rounded to, else as F32; to be closed as well. */
    WidenedWeight multiplied(Weight weight) {
        if (weight instanceof Weight.Dense(Tensor tensor) && tensor.dtype() == DType.BF16) {
            return new WidenedWeight(DeviceMemory.of(tensor), DType.BF16, null, pool);
        }
        boolean isBf16 = switch (weight) {
            case Weight.FourBit w -> w.dtype() == DType.BF16;
            case Weight.Ggml w -> w.dtype() == DType.BF16;
            case Weight.Dense w -> false;
            case Weight.Prepared w -> false;
        };
        return isBf16 ? scratch(weight, DType.BF16) : widened(weight);
    }

    private WidenedWeight scratch(Weight weight, DType dtype) {
        DeviceMemory scratch = pool.allocate((long) weight.out() * weight.in() * dtype.bytes());
        widen(weight, dtype, scratch.address());
        return new WidenedWeight(scratch.address(), dtype, scratch, pool);
    }

    void run(Op.Dequantize o) {
        OperatorLaunches.require(
                o, o.out().elements() == (long) o.weight().out() * o.weight().in());
        widen(o.weight(), o.out().dtype(), DeviceMemory.of(o.out()));
    }

    void run(Op.Embedding o) {
        OperatorLaunches.require(
                o,
                o.table().in() == o.out().columns()
                        && o.ids().elements() == o.out().rows());
        if (o.table() instanceof Weight.Dense(Tensor table) && table.dtype() == DType.BF16) {
            gather(o, DType.BF16, DeviceMemory.of(table));
            return;
        }
        if (o.table() instanceof Weight.Ggml blocks) {
            gatherBlocks(o, blocks);
            return;
        }
        try (WidenedWeight table = widened(o.table())) {
            gather(o, DType.F32, table.address());
        }
    }

    /** Rows of a GGUF table are whole blocks: they are gathered as they are and widened after, as a table of their own. */
    private void gatherBlocks(Op.Embedding o, Weight.Ggml table) {
        int count = Math.toIntExact(o.ids().elements());
        long bytes = table.blocks().bytes() / Math.max(1, table.out());
        DType to = o.out().dtype();
        if (count == 0) {
            return;
        }
        DeviceMemory gathered = pool.allocate(bytes * count);
        try {
            rows.gather(
                    DType.BF16,
                    DType.BF16,
                    DeviceMemory.of(table.blocks()),
                    table.out(),
                    OperatorLaunches.i32(o.ids()),
                    gathered.address(),
                    count,
                    Math.toIntExact(bytes / Short.BYTES),
                    stream);
            widen(table, to, gathered.address(), DeviceMemory.of(o.out()), (long) count * table.in());
        } finally {
            pool.free(gathered);
        }
    }

    private void gather(Op.Embedding o, DType from, long table) {
        rows.gather(
                from,
                o.out().dtype(),
                table,
                o.table().out(),
                OperatorLaunches.i32(o.ids()),
                DeviceMemory.of(o.out()),
                o.ids().elements(),
                o.table().in(),
                stream);
    }

    void run(Op.LoraRowNorm o) {
        Weight weight = o.weight();
        int rank = o.a().rows();
        OperatorLaunches.require(
                o,
                o.a().columns() == weight.in()
                        && o.b().rows() == weight.out()
                        && o.b().columns() == rank
                        && o.out().elements() == weight.out());
        if (weight instanceof Weight.FourBit w) {
            rowNorms.fourBit(
                    addresses(w), f32(o.a()), f32(o.b()), o.scale(), f32(o.out()), w.out(), w.in(), rank, stream);
            return;
        }
        try (WidenedWeight dense = widened(weight)) {
            rowNorms.dense(
                    DType.F32,
                    dense.address(),
                    f32(o.a()),
                    f32(o.b()),
                    o.scale(),
                    f32(o.out()),
                    weight.out(),
                    weight.in(),
                    rank,
                    stream);
        }
    }

    /** The weight's elements at an address, rounded to its type and then to another. */
    private void widen(Weight weight, DType to, long out) {
        long elements = (long) weight.out() * weight.in();
        switch (weight) {
            case Weight.Dense(Tensor tensor) -> {
                if (tensor.dtype() == to) {
                    driver.copy(DeviceMemory.of(tensor), out, tensor.bytes(), stream);
                } else {
                    elementwise.cast(tensor.dtype(), to, DeviceMemory.of(tensor), out, elements, stream);
                }
            }
            case Weight.FourBit packed -> fourBit.dequantize(addresses(packed), to, out, elements, stream);
            case Weight.Ggml blocks -> widen(blocks, to, DeviceMemory.of(blocks.blocks()), out, elements);
            case Weight.Prepared prepared ->
                throw new IllegalArgumentException("a weight of another backend: " + prepared);
        }
    }

    private void widen(Weight.Ggml weight, DType to, long blocks, long out, long elements) {
        ggml.widen(weight.type().name(), to, blocks, out, elements, stream);
        if (weight.dtype() == DType.BF16 && to == DType.F32) {
            elementwise.round(out, out, elements, stream);
        }
    }

    static FourBitAddresses addresses(Weight.FourBit w) {
        return switch (w.scales()) {
            case Weight.SingleScales(Tensor absmax) ->
                new FourBitAddresses(
                        DeviceMemory.of(w.packed()), f32(w.code()), f32(absmax), 0, 0, 0, w.blockSize(), w.dtype());
            case Weight.DoubleScales nested ->
                new FourBitAddresses(
                        DeviceMemory.of(w.packed()),
                        f32(w.code()),
                        DeviceMemory.of(nested.codes()),
                        f32(nested.absmax()),
                        f32(nested.map()),
                        nested.offset(),
                        w.blockSize(),
                        w.dtype());
        };
    }
}
