package dev.errata.kernels.sim.ptx;

import java.util.Arrays;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The fundamental types of PTX, as they stand in declarations and at the end of opcodes. */
public enum PtxType {
    PRED(1, Kind.PREDICATE),
    B8(8, Kind.BITS),
    B16(16, Kind.BITS),
    B32(32, Kind.BITS),
    B64(64, Kind.BITS),
    B128(128, Kind.BITS),
    U8(8, Kind.UNSIGNED),
    U16(16, Kind.UNSIGNED),
    U32(32, Kind.UNSIGNED),
    U64(64, Kind.UNSIGNED),
    S8(8, Kind.SIGNED),
    S16(16, Kind.SIGNED),
    S32(32, Kind.SIGNED),
    S64(64, Kind.SIGNED),
    F16(16, Kind.FLOAT),
    BF16(16, Kind.FLOAT),
    TF32(32, Kind.FLOAT),
    F32(32, Kind.FLOAT),
    F64(64, Kind.FLOAT),
    U16X2(32, Kind.UNSIGNED),
    S16X2(32, Kind.SIGNED),
    F16X2(32, Kind.FLOAT),
    BF16X2(32, Kind.FLOAT);

    /** How the bits of a value are read. */
    public enum Kind {
        PREDICATE,
        BITS,
        UNSIGNED,
        SIGNED,
        FLOAT
    }

    private static final Map<String, PtxType> BY_NAME =
            Arrays.stream(values()).collect(Collectors.toMap(PtxType::ptx, Function.identity()));

    private final int bits;
    private final Kind kind;

    PtxType(int bits, Kind kind) {
        this.bits = bits;
        this.kind = kind;
    }

    /** The type with this name, as {@code u32}, or null. */
    public static PtxType named(String name) {
        return BY_NAME.get(name);
    }

    public String ptx() {
        return name().toLowerCase(java.util.Locale.ROOT);
    }

    public int bits() {
        return bits;
    }

    public int bytes() {
        return (bits + 7) / 8;
    }

    public Kind kind() {
        return kind;
    }

    public boolean isSigned() {
        return kind == Kind.SIGNED;
    }

    public boolean isFloat() {
        return kind == Kind.FLOAT;
    }

    public boolean isPredicate() {
        return this == PRED;
    }
}
