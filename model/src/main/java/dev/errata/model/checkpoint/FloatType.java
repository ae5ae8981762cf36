package dev.errata.model.checkpoint;

import dev.errata.tensor.DType;

/** What {@code --dtype} takes. */
public enum FloatType {
    F32(DType.F32, "float32"),
    BF16(DType.BF16, "bfloat16"),
    F16(DType.F16, "float16");

    private final DType stored;
    private final String torchName;

    FloatType(DType stored, String torchName) {
        this.stored = stored;
        this.torchName = torchName;
    }

    /** The type of this name in {@code config.json}, or null. */
    public static FloatType of(String torchName) {
        for (FloatType each : values()) {
            if (each.torchName.equals(torchName)) {
                return each;
            }
        }
        return null;
    }

    /** The type that stores such elements, or null. */
    public static FloatType of(DType stored) {
        for (FloatType each : values()) {
            if (each.stored == stored) {
                return each;
            }
        }
        return null;
    }

    public DType stored() {
        return stored;
    }

    /** As {@code config.json} names it. */
    public String torchName() {
        return torchName;
    }
}
