package dev.errata.quant;

import java.util.Arrays;
import java.util.Optional;

/** The two 4-bit data types of bitsandbytes. A code is an index into {@link #codebook()}. */
@SuppressWarnings("ImmutableEnumChecker") // the arrays are never handed out nor written
public enum FourBitFormat {
    /** 4-bit NormalFloat of QLoRA (arXiv 2305.14314): the quantiles of a normal distribution, 0 exact. */
    NF4(
            new float[] {
                -1f,
                -0.6961928f,
                -0.52507305f,
                -0.3949175f,
                -0.28444138f,
                -0.18477343f,
                -0.091050036f,
                0f,
                0.0795803f,
                0.1609302f,
                0.2461123f,
                0.33791524f,
                0.44070983f,
                0.562617f,
                0.72295684f,
                1f
            },
            new int[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15}),
    /** Sign, two exponent bits, one mantissa bit; divided by its largest value 12. Codes 0 and 8 are both zero. */
    FP4(
            new float[] {
                0f,
                0.0625f / 12,
                8f / 12,
                1f,
                4f / 12,
                6f / 12,
                2f / 12,
                3f / 12,
                0f,
                -0.0625f / 12,
                -8f / 12,
                -1f,
                -4f / 12,
                -6f / 12,
                -2f / 12,
                -3f / 12
            },
            new int[] {11, 10, 13, 12, 15, 14, 9, 0, 8, 1, 6, 7, 4, 5, 2, 3});

    private final float[] codebook;
    /** Codes in ascending order of their values. */
    private final byte[] order;

    private final CodeMap sorted;

    FourBitFormat(float[] codebook, int[] order) {
        this.codebook = codebook;
        this.order = new byte[order.length];
        float[] ascending = new float[order.length];
        for (int i = 0; i < order.length; i++) {
            this.order[i] = (byte) order[i];
            ascending[i] = codebook[order[i]];
        }
        this.sorted = CodeMap.of(ascending);
    }

    /** Name in commands and files: {@code nf4} or {@code fp4}. */
    public String formatName() {
        return switch (this) {
            case NF4 -> "nf4";
            case FP4 -> "fp4";
        };
    }

    /** The format of that name, if there is one. */
    public static Optional<FourBitFormat> named(String name) {
        return Arrays.stream(values())
                .filter(format -> format.formatName().equals(name))
                .findFirst();
    }

    /** F32 [16]: a copy of the value of each code. */
    public float[] codebook() {
        return codebook.clone();
    }

    public float value(int code) {
        return codebook[code];
    }

    /** The code of the value nearest to {@code scaled} in [-1, 1]; ties go to the lower value. */
    public int nearest(float scaled) {
        return order[sorted.nearest(scaled)];
    }
}
