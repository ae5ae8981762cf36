package dev.errata.quant;

import java.util.Arrays;

/**
 * The 256 values of the 8-bit dynamic data type (Dettmers, <a href="https://arxiv.org/abs/1511.04561">arXiv
 * 1511.04561</a>): seven decades, each one split into twice as many equal parts as the one below. Bit for bit the
 * values of bitsandbytes' {@code create_dynamic_map}.
 */
@SuppressWarnings("ImmutableEnumChecker") // a code map never changes
public enum DynamicMap {
    /** -0.993 to 1, with 0 as code 127. */
    SIGNED(true),
    /** 0 to 1. */
    UNSIGNED(false);

    private static final int DECADES = 7;

    private final CodeMap codes;

    DynamicMap(boolean signed) {
        float[] values = new float[256];
        int count = 0;
        for (int decade = 0; decade < DECADES; decade++) {
            int parts = 1 << (signed ? decade : decade + 1);
            float scale = (float) Math.pow(10, decade - (DECADES - 1));
            for (int part = 0; part < parts; part++) {
                float middle = scale * ((boundary(part, parts) + boundary(part + 1, parts)) / 2);
                values[count++] = middle;
                if (signed) {
                    values[count++] = -middle;
                }
            }
        }
        values[count++] = 0;
        values[count] = 1;
        Arrays.sort(values);
        codes = CodeMap.of(values);
    }

    public CodeMap codes() {
        return codes;
    }

    /** Boundary {@code i} of {@code parts} equal parts of 0.1…1, counted from the nearer end as torch.linspace does. */
    private static float boundary(int i, int parts) {
        float step = (1f - 0.1f) / parts;
        return i < (parts + 1) / 2 ? Math.fma(step, i, 0.1f) : Math.fma(-step, parts - i, 1f);
    }
}
