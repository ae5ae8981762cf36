package dev.errata.kernels.cuda;

import dev.errata.tensor.Activation;
import dev.errata.tensor.DType;

/**
 * Launches of {@code elementwise.cu}'s operators over n elements. Addresses are device addresses; outputs may be inputs
 * of the same type.
 */
public final class ElementwiseKernels {
    private static final String FILE = "elementwise";
    private static final int THREADS = 256;
    private static final int UNROLLED = 4;
    private static final int COPY_BYTES = 16;
    private static final int DROPPED_GROUP = 4;

    private final KernelLibrary library;

    public ElementwiseKernels(KernelLibrary library) {
        this.library = library;
    }

    /** x = value. */
    public void fill(Precision precision, long x, float value, long n, long stream) {
        KernelArguments arguments = new KernelArguments().address(x).f32(value).i64(n);
        launch("fill_" + precision.storageSuffix(), precision.group(), n, arguments, stream);
    }

    /** out = a + b. */
    public void add(Precision precision, long a, long b, long out, long n, long stream) {
        KernelArguments arguments =
                new KernelArguments().address(a).address(b).address(out).i64(n);
        launch("add_" + precision.suffix(), precision.group(), n, arguments, stream);
    }

    /** x = factor · x. */
    public void scale(Precision precision, long x, float factor, long n, long stream) {
        KernelArguments arguments = new KernelArguments().address(x).f32(factor).i64(n);
        launch("scale_" + precision.storageSuffix(), precision.group(), n, arguments, stream);
    }

    /** out = x rounded to the nearest bf16; both F32. */
    public void round(long x, long out, long n, long stream) {
        KernelArguments arguments =
                new KernelArguments().address(x).address(out).i64(n);
        launch("round_f32", Precision.F32.group(), n, arguments, stream);
    }

    /**
     * out = x in another of F32, BF16 and F16.
     *
     * @throws IllegalArgumentException if the types are the same or others
     */
    public void cast(DType from, DType to, long x, long out, long n, long stream) {
        if (from == to) {
            throw new IllegalArgumentException("a cast from " + from + " to itself; copy instead");
        }
        int group = COPY_BYTES / Math.max(from.bytes(), to.bytes());
        KernelArguments arguments =
                new KernelArguments().address(x).address(out).i64(n);
        launch("cast_" + Precision.name(from) + "_" + Precision.name(to), group, n, arguments, stream);
    }

    /** Copies a multiple of 16 bytes between multiples of 16; measures what bandwidth there is. */
    public void copy(long from, long to, long bytes, long stream) {
        if (bytes % COPY_BYTES != 0) {
            throw new IllegalArgumentException(bytes + " bytes to copy, not a multiple of " + COPY_BYTES);
        }
        long n = bytes / COPY_BYTES;
        KernelArguments arguments =
                new KernelArguments().address(from).address(to).i64(n);
        launch("copy_16", 1, n, arguments, stream);
    }

    /** out = activation(gate) · up. */
    public void gated(Activation activation, Precision precision, long gate, long up, long out, long n, long stream) {
        KernelArguments arguments =
                new KernelArguments().address(gate).address(up).address(out).i64(n);
        launch(gate(activation) + precision.suffix(), precision.group(), n, arguments, stream);
    }

    /** dGate and dUp from the gradient of {@link #gated}. */
    public void gatedBackward(
            Activation activation,
            Precision precision,
            long gate,
            long up,
            long dOut,
            long dGate,
            long dUp,
            long n,
            long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(gate)
                .address(up)
                .address(dOut)
                .address(dGate)
                .address(dUp)
                .i64(n);
        String name = gate(activation) + "backward_" + precision.storageSuffix();
        launch(name, precision.group(), n, arguments, stream);
    }

    private static String gate(Activation activation) {
        return switch (activation) {
            case SILU -> "silu_gate_";
            case GELU_TANH -> "gelu_gate_";
        };
    }

    /** out = cap · tanh(x / cap). */
    public void softCap(Precision precision, long x, float cap, long out, long n, long stream) {
        KernelArguments arguments =
                new KernelArguments().address(x).f32(cap).address(out).i64(n);
        launch("softcap_" + precision.suffix(), precision.group(), n, arguments, stream);
    }

    /** dX from the gradient of {@link #softCap} and what it gave; dX may be either. */
    public void softCapBackward(Precision precision, long out, float cap, long dOut, long dX, long n, long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(out)
                .f32(cap)
                .address(dOut)
                .address(dX)
                .i64(n);
        launch("softcap_backward_" + precision.storageSuffix(), precision.group(), n, arguments, stream);
    }

    /** out = x · mask / (1 − p). */
    public void dropout(Precision precision, long x, long out, DropoutMask mask, long n, long stream) {
        dropout(precision, x, out, mask, mask.scale(), n, stream);
    }

    /** out = x · mask. */
    public void mask(Precision precision, long x, long out, DropoutMask mask, long n, long stream) {
        dropout(precision, x, out, mask, 1, n, stream);
    }

    private void dropout(Precision precision, long x, long out, DropoutMask mask, float scale, long n, long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(x)
                .address(out)
                .i32(mask.least())
                .f32(scale)
                .i64(mask.seed())
                .i64(mask.stream())
                .i64(n);
        launch("dropout_" + precision.storageSuffix(), precision.group(), n, arguments, stream);
    }

    /** out = (or +=) x · mask / (1 − p); x F32, out of the precision's type. */
    public void addDropped(
            Precision precision, long x, long out, boolean accumulate, DropoutMask mask, long n, long stream) {
        KernelArguments arguments = new KernelArguments()
                .address(x)
                .address(out)
                .i32(accumulate ? 1 : 0)
                .i32(mask.least())
                .f32(mask.scale())
                .i64(mask.seed())
                .i64(mask.stream())
                .i64(n);
        launch("add_dropped_" + precision.storageSuffix(), DROPPED_GROUP, n, arguments, stream);
    }

    private void launch(String entry, int group, long n, KernelArguments arguments, long stream) {
        Launch launch = Launch.of(Grids.blocks(n, (long) THREADS * UNROLLED * group), THREADS);
        library.kernel(FILE, entry).launch(launch, arguments, stream);
    }
}
