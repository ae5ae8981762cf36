package dev.errata.tensor.ggml;

import java.lang.foreign.MemorySegment;

/**
 * Decodes blocks of any {@link GgmlType} to F32. Products and sums are rounded one after the other, as ggml's plain
 * code does, so results are exact.
 */
public final class GgmlBlocks {
    private GgmlBlocks() {}

    /** What the 16 codes of IQ4_NL and IQ4_XS stand for. */
    public static float[] levels() {
        float[] levels = new float[NonLinearBlocks.LEVELS.length];
        for (int i = 0; i < levels.length; i++) {
            levels[i] = NonLinearBlocks.LEVELS[i];
        }
        return levels;
    }

    /**
     * Decodes blocks {@code firstBlock…firstBlock + count} of {@code source}.
     *
     * @param source blocks of {@code type}, one after another
     * @param target takes {@code count * type.blockSize()} F32, little-endian, from element {@code to} on
     */
    public static void decode(
            GgmlType type, MemorySegment source, long firstBlock, long count, MemorySegment target, long to) {
        long in = firstBlock * type.blockBytes();
        long out = to * Float.BYTES;
        if (type == GgmlType.F32) {
            MemorySegment.copy(source, in, target, out, count * Float.BYTES);
            return;
        }
        long outBytes = (long) type.blockSize() * Float.BYTES;
        for (long b = 0; b < count; b++, in += type.blockBytes(), out += outBytes) {
            switch (type) {
                case F16 -> target.set(Layouts.F32, out, Float.float16ToFloat(source.get(Layouts.I16, in)));
                case BF16 -> target.set(Layouts.F32, out, Float.intBitsToFloat(source.get(Layouts.I16, in) << 16));
                case Q4_0 -> SimpleBlocks.q4x0(source, in, target, out);
                case Q4_1 -> SimpleBlocks.q4x1(source, in, target, out);
                case Q5_0 -> SimpleBlocks.q5x0(source, in, target, out);
                case Q5_1 -> SimpleBlocks.q5x1(source, in, target, out);
                case Q8_0 -> SimpleBlocks.q8x0(source, in, target, out);
                case Q2_K -> SmallSuperBlocks.q2k(source, in, target, out);
                case Q3_K -> SmallSuperBlocks.q3k(source, in, target, out);
                case Q4_K -> SuperBlocks.q4k(source, in, target, out);
                case Q5_K -> SuperBlocks.q5k(source, in, target, out);
                case Q6_K -> SuperBlocks.q6k(source, in, target, out);
                case IQ4_NL -> NonLinearBlocks.iq4nl(source, in, target, out);
                case IQ4_XS -> NonLinearBlocks.iq4xs(source, in, target, out);
                case F32 -> throw new AssertionError("copied above");
            }
        }
    }

    /** The same into an array: fills {@code target[to…]}. */
    public static void decode(
            GgmlType type, MemorySegment source, long firstBlock, long count, float[] target, int to) {
        decode(type, source, firstBlock, count, MemorySegment.ofArray(target), to);
    }
}
