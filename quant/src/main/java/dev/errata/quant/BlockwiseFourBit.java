package dev.errata.quant;

import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.stream.LongStream;

/**
 * Quantizing to NF4 or FP4 in blocks over the flat row-major tensor, bit for bit as bitsandbytes'
 * {@code quantize_4bit} (its plain backend). Two codes a byte, the first element in the high nibble; an odd count is
 * filled up with the code of 0. The last block may be short.
 */
public final class BlockwiseFourBit {
    public static final int SMALLEST_BLOCK = 32;
    public static final int LARGEST_BLOCK = 4096;
    /** Elements that one thread takes at a time: whole blocks, and even, so that no two threads share a byte. */
    private static final int TASK = 1 << 18;

    private BlockwiseFourBit() {}

    /**
     * @param where the option or key that the size comes from
     * @throws BadInputException if the size is no power of two from 32 to 4096
     */
    public static void checkBlockSize(long blockSize, String where) {
        if (blockSize < SMALLEST_BLOCK || blockSize > LARGEST_BLOCK || Long.bitCount(blockSize) != 1) {
            throw new BadInputException(
                    "block size " + blockSize + " is not supported", where, "use a power of two from 32 to 4096");
        }
    }

    /** Bytes that {@code n} packed codes take. */
    public static long packedBytes(long n) {
        return n / 2 + n % 2;
    }

    public static long blocks(long n, int blockSize) {
        return n / blockSize + (n % blockSize == 0 ? 0 : 1);
    }

    /**
     * Quantizes {@code n} values; a large tensor's blocks are shared among the threads of the common pool, so its memory
     * must be open to all threads.
     *
     * @param values [n] of {@code dtype} F32, BF16 or F16, little-endian; widened to float first
     * @param packed takes U8 [(n + 1) / 2]
     * @param absmax takes F32 [blocks], little-endian
     * @param name what the values belong to, for the error
     * @throws BadInputException if a value is NaN or infinite
     */
    public static void quantize(
            FourBitFormat format,
            int blockSize,
            MemorySegment values,
            DType dtype,
            long n,
            MemorySegment packed,
            MemorySegment absmax,
            String name) {
        long blocks = blocks(n, blockSize);
        long perTask = Math.max(1, TASK / blockSize);
        LongStream tasks = LongStream.range(0, Math.ceilDiv(blocks, perTask));
        (blocks > perTask ? tasks.parallel() : tasks).forEach(task -> {
            long first = task * perTask;
            long end = Math.min(blocks, first + perTask);
            quantize(format, blockSize, values, dtype, n, packed, absmax, name, first, end);
        });
    }

    /** Blocks {@code from…end} of the tensor. */
    private static void quantize(
            FourBitFormat format,
            int blockSize,
            MemorySegment values,
            DType dtype,
            long n,
            MemorySegment packed,
            MemorySegment absmax,
            String name,
            long from,
            long end) {
        // one element more, so that an odd last block has its 0 to pair with
        float[] block = new float[blockSize + 1];
        for (long b = from; b < end; b++) {
            long first = b * blockSize;
            int count = (int) Math.min(blockSize, n - first);
            HalfFloats.widen(values, dtype, first, block, 0, count);
            block[count] = 0;
            float largest = BlockScaling.absmax(block, count, count == blockSize, name);
            absmax.set(LittleEndian.F32, b * Float.BYTES, largest);
            BlockScaling.scale(block, count, largest, count == blockSize);
            for (int i = 0; i < count; i += 2) {
                int codes = format.nearest(block[i]) << 4 | format.nearest(block[i + 1]);
                packed.set(ValueLayout.JAVA_BYTE, (first + i) / 2, (byte) codes);
            }
        }
    }

    /**
     * Puts elements {@code from…from + count} into {@code into[at…]}: the value of the code times the block's absmax,
     * rounded to float.
     *
     * @param codebook F32 [16]
     * @param scales the absmax of the blocks from that of element {@code from} on
     */
    static void dequantize(
            float[] codebook,
            int blockSize,
            MemorySegment packed,
            float[] scales,
            long from,
            float[] into,
            int at,
            int count) {
        float[] scaled = new float[16];
        long firstBlock = from / blockSize;
        int done = 0;
        while (done < count) {
            long element = from + done;
            long block = element / blockSize;
            int run = (int) Math.min(count - done, (block + 1) * blockSize - element);
            float scale = scales[(int) (block - firstBlock)];
            for (int code = 0; code < 16; code++) {
                scaled[code] = codebook[code] * scale;
            }
            decodeRun(scaled, packed, element, into, at + done, run);
            done += run;
        }
    }

    private static void decodeRun(float[] scaled, MemorySegment packed, long from, float[] into, int at, int count) {
        int i = 0;
        if (count > 0 && (from & 1) == 1) {
            into[at] = scaled[packed.get(ValueLayout.JAVA_BYTE, from / 2) & 15];
            i = 1;
        }
        for (; i + 1 < count; i += 2) {
            int codes = packed.get(ValueLayout.JAVA_BYTE, (from + i) / 2) & 0xFF;
            into[at + i] = scaled[codes >>> 4];
            into[at + i + 1] = scaled[codes & 15];
        }
        if (i < count) {
            into[at + i] = scaled[packed.get(ValueLayout.JAVA_BYTE, (from + i) / 2) >>> 4 & 15];
        }
    }
}
