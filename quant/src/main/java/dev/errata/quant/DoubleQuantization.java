package dev.errata.quant;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Quantizing the scales of 4-bit blocks to 8 bits, as bitsandbytes does with {@code compress_statistics}. */
public final class DoubleQuantization {
    /** Scales that share one nested scale, whatever the block size of the weights. */
    public static final int NESTED_BLOCK_SIZE = 256;

    private DoubleQuantization() {}

    /**
     * Takes the mean off the scales and quantizes the rest through the signed dynamic map.
     *
     * @param absmax F32 [blocks], little-endian, finite
     * @param arena where the result lies
     * @param name what the scales belong to, for errors
     */
    public static Absmax.Nested quantize(MemorySegment absmax, Arena arena, String name) {
        long blocks = absmax.byteSize() / Float.BYTES;
        return quantize(absmax, mean(absmax, blocks), arena, name);
    }

    /** The same with a mean that was computed elsewhere: its last bit depends on the order of summation. */
    public static Absmax.Nested quantize(MemorySegment absmax, float offset, Arena arena, String name) {
        long blocks = absmax.byteSize() / Float.BYTES;
        MemorySegment codes = arena.allocate(blocks);
        MemorySegment nestedAbsmax =
                arena.allocate(BlockwiseFourBit.blocks(blocks, NESTED_BLOCK_SIZE) * Float.BYTES, Float.BYTES);
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment residuals = scratch.allocate(blocks * Float.BYTES, Float.BYTES);
            for (long b = 0; b < blocks; b++) {
                float residual = absmax.get(LittleEndian.F32, b * Float.BYTES) - offset;
                residuals.set(LittleEndian.F32, b * Float.BYTES, residual);
            }
            CodeMap map = DynamicMap.SIGNED.codes();
            BlockwiseEightBit.quantize(map, NESTED_BLOCK_SIZE, residuals, blocks, codes, nestedAbsmax, name);
            return new Absmax.Nested(codes, nestedAbsmax, map, NESTED_BLOCK_SIZE, offset);
        }
    }

    /** The mean, summed in double and rounded once; 0 of nothing. */
    static float mean(MemorySegment values, long n) {
        double sum = 0;
        for (long i = 0; i < n; i++) {
            sum += values.get(LittleEndian.F32, i * Float.BYTES);
        }
        return n == 0 ? 0 : (float) (sum / n);
    }
}
