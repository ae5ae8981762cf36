package dev.errata.kernels.machine;

import java.util.List;
import java.util.Locale;

/** A unit of a processor that kernels use, and the flags by which Linux says that it is there and may be used. */
public enum ProcessorUnit {
    /** Fused multiply-adds of f32 in vectors of 512 bits, which the Vector API reaches too: the same bits either way. */
    AVX512F("avx512f"),
    /** Pairs of bf16 added to f32, in vectors. */
    VDPBF16PS("avx512f", "avx512bw", "avx512_bf16"),
    /** Four products of 8 bits added to 32, in vectors. */
    VPDPBUSD("avx512f", "avx512bw", "avx512vbmi", "avx512_vnni"),
    /** Tiles of bf16. */
    AMX_BF16("avx512f", "avx512bw", "avx512_bf16", "amx_tile", "amx_bf16"),
    /** Tiles of 8 bits. */
    AMX_INT8("avx512f", "avx512bw", "avx512vbmi", "amx_tile", "amx_int8");

    @SuppressWarnings("ImmutableEnumChecker") // a list that can't be changed
    private final List<String> flags;

    ProcessorUnit(String... flags) {
        this.flags = List.of(flags);
    }

    /** The one that is shown so. */
    public static ProcessorUnit named(String name) {
        return valueOf(name.toUpperCase(Locale.ROOT).replace('-', '_'));
    }

    List<String> flags() {
        return flags;
    }

    boolean needsTileState() {
        return flags.contains("amx_tile");
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
}
