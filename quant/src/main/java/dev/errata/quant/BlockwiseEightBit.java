package dev.errata.quant;

import dev.errata.tensor.BadInputException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Quantizing to one byte a value in blocks, through a map of 256 values, bit for bit as bitsandbytes'
 * {@code quantize_blockwise}: for the scales of 4-bit blocks and for optimizer states. The last block may be short.
 */
public final class BlockwiseEightBit {
    private BlockwiseEightBit() {}

    /**
     * Quantizes {@code n} values.
     *
     * @param map 256 values
     * @param values F32 [n], little-endian
     * @param codes takes U8 [n]
     * @param absmax takes F32 [blocks], little-endian
     * @param name what the values belong to, for the error
     * @throws BadInputException if a value is NaN or infinite
     */
    public static void quantize(
            CodeMap map,
            int blockSize,
            MemorySegment values,
            long n,
            MemorySegment codes,
            MemorySegment absmax,
            String name) {
        float[] block = new float[blockSize];
        for (long first = 0; first < n; first += blockSize) {
            int count = (int) Math.min(blockSize, n - first);
            MemorySegment.copy(values, LittleEndian.F32, first * Float.BYTES, block, 0, count);
            float largest = BlockScaling.absmax(block, count, count == blockSize, name);
            absmax.set(LittleEndian.F32, first / blockSize * Float.BYTES, largest);
            BlockScaling.scale(block, count, largest, count == blockSize);
            for (int i = 0; i < count; i++) {
                codes.set(ValueLayout.JAVA_BYTE, first + i, (byte) map.nearest(block[i]));
            }
        }
    }

    /**
     * Puts elements {@code from…from + count} into {@code into[at…]}: the value of the code times the block's absmax,
     * rounded to float.
     *
     * @param map 256 values
     * @param codes U8
     * @param absmax F32, little-endian
     */
    public static void dequantize(
            CodeMap map,
            int blockSize,
            MemorySegment codes,
            MemorySegment absmax,
            long from,
            float[] into,
            int at,
            int count) {
        for (int i = 0; i < count; i++) {
            long element = from + i;
            float scale = absmax.get(LittleEndian.F32, element / blockSize * Float.BYTES);
            into[at + i] = map.value(codes.get(ValueLayout.JAVA_BYTE, element) & 0xFF) * scale;
        }
    }
}
