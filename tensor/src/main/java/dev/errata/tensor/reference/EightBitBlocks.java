package dev.errata.tensor.reference;

/** Rounds rows to 8 bits a block of 32, as {@link dev.errata.tensor.Weight.Ggml#eightBitRows} has it. */
final class EightBitBlocks {
    private static final int BLOCK = 32;
    /** Blocks of magnitudes below this are 0: what they are divided by would not be finite. */
    private static final float LEAST = 0x1p-119f;

    private EightBitBlocks() {}

    /** Each number becomes d times an integer from −127 to 127; all of a block NaN where one isn't finite. */
    static void round(float[] row) {
        for (int from = 0; from < row.length; from += BLOCK) {
            float largest = 0;
            for (int i = from; i < from + BLOCK; i++) {
                largest = Math.max(largest, Math.abs(row[i]));
            }
            float inverse = largest < LEAST ? 0 : 127 / largest;
            float d = largest < LEAST ? 0 : largest / 127;
            for (int i = from; i < from + BLOCK; i++) {
                row[i] = d * (float) Math.rint(row[i] * inverse);
            }
        }
    }
}
