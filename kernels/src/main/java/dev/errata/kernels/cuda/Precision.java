package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;

/** What a kernel's tensors are in memory and where its values are rounded; inside, all is f32. */
public enum Precision {
    F32("f32", DType.F32),
    /** Stored as bf16, so rounded whenever stored, and between steps as torch rounds on bf16 tensors. */
    BF16("bf16", DType.BF16),
    /** Stored as f32, with the values that {@link #BF16} would have. */
    ROUND("round", DType.F32);

    private static final int ACCESS_BYTES = 16;

    private final String suffix;
    private final DType dtype;

    Precision(String suffix, DType dtype) {
        this.suffix = suffix;
        this.dtype = dtype;
    }

    /** The end of the entry's name. */
    public String suffix() {
        return suffix;
    }

    /** The same for operators that round nowhere but in memory. */
    public String storageSuffix() {
        return name(dtype);
    }

    public DType dtype() {
        return dtype;
    }

    /** Elements that a thread moves with one access. */
    public int group() {
        return ACCESS_BYTES / dtype.bytes();
    }

    /**
     * A type as the entries' names have it.
     *
     * @throws IllegalArgumentException if it isn't F32, BF16 or F16
     */
    public static String name(DType dtype) {
        return switch (dtype) {
            case F32 -> "f32";
            case BF16 -> "bf16";
            case F16 -> "f16";
            case F64, I64, I32, I16, I8, U8, BOOL ->
                throw new IllegalArgumentException("kernels take F32, BF16 and F16, not " + dtype);
        };
    }
}
