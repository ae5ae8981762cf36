package dev.errata.tensor;

/** Element types, named as in safetensors files. */
public enum DType {
    F64(8),
    F32(4),
    BF16(2),
    F16(2),
    I64(8),
    I32(4),
    I16(2),
    I8(1),
    U8(1),
    BOOL(1);

    private final int bytes;

    DType(int bytes) {
        this.bytes = bytes;
    }

    /** Bytes an element takes. */
    public int bytes() {
        return bytes;
    }

    /** True for the types that hold fractions. */
    public boolean isFloat() {
        return this == F64 || this == F32 || this == BF16 || this == F16;
    }
}
