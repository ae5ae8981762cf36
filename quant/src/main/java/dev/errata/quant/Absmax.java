package dev.errata.quant;

import java.lang.foreign.MemorySegment;

/** The scales of the blocks of a 4-bit tensor, as they are or quantized once more. */
public sealed interface Absmax {
    long blocks();

    /** Puts the scales of blocks {@code from…from + count} into {@code into[0…count]}. */
    void read(long from, float[] into, int count);

    /**
     * Scales as they are.
     *
     * @param values F32 [blocks], little-endian
     */
    record Plain(MemorySegment values) implements Absmax {
        @Override
        public long blocks() {
            return values.byteSize() / Float.BYTES;
        }

        @Override
        public void read(long from, float[] into, int count) {
            MemorySegment.copy(values, LittleEndian.F32, from * Float.BYTES, into, 0, count);
        }
    }

    /**
     * Scales of which the mean is taken off and the rest quantized to 8 bits in blocks: double quantization (QLoRA,
     * section 3). Scale b is {@code map[codes[b]] * nestedAbsmax[b / nestedBlockSize]}, rounded, plus {@code offset},
     * rounded.
     *
     * @param codes U8 [blocks]
     * @param nestedAbsmax F32 [blocks / nestedBlockSize, rounded up], little-endian
     * @param map 256 values
     */
    record Nested(MemorySegment codes, MemorySegment nestedAbsmax, CodeMap map, int nestedBlockSize, float offset)
            implements Absmax {
        @Override
        public long blocks() {
            return codes.byteSize();
        }

        @Override
        public void read(long from, float[] into, int count) {
            BlockwiseEightBit.dequantize(map, nestedBlockSize, codes, nestedAbsmax, from, into, 0, count);
            for (int i = 0; i < count; i++) {
                into[i] += offset;
            }
        }
    }
}
