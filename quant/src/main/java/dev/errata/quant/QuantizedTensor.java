package dev.errata.quant;

import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * A tensor in a 4-bit format: its codes, the scales of its blocks, and what it was before.
 *
 * @param name the tensor's name, for errors
 * @param blockSize elements that share a scale, counted over the flat row-major tensor
 * @param dtype the type it was quantized from: F32, BF16 or F16
 * @param shape the shape it was quantized from
 * @param packed U8 [(n + 1) / 2], the first element in the high nibble
 * @param absmax the scales of its blocks
 */
public record QuantizedTensor(
        String name,
        FourBitFormat format,
        int blockSize,
        DType dtype,
        Shape shape,
        MemorySegment packed,
        Absmax absmax) {
    private static final int CHUNK = 1 << 14;

    /**
     * @throws IllegalArgumentException if codes or scales are not as many as the shape asks for
     */
    public QuantizedTensor {
        long n = shape.elements();
        if (packed.byteSize() != BlockwiseFourBit.packedBytes(n)) {
            throw new IllegalArgumentException(packed.byteSize() + " bytes of codes for " + n + " elements");
        }
        if (absmax.blocks() != BlockwiseFourBit.blocks(n, blockSize)) {
            throw new IllegalArgumentException(
                    absmax.blocks() + " scales for " + n + " elements in blocks of " + blockSize);
        }
    }

    /**
     * Quantizes a tensor.
     *
     * @param values {@code shape} of {@code dtype} F32, BF16 or F16, little-endian, row-major
     * @param doubleQuant whether the scales are quantized too
     * @param arena where the result lies
     * @param where the file the tensor comes from, for errors
     * @throws BadInputException if a value is NaN or infinite
     */
    public static QuantizedTensor quantize(
            String name,
            FourBitFormat format,
            int blockSize,
            boolean doubleQuant,
            MemorySegment values,
            DType dtype,
            Shape shape,
            Arena arena,
            String where) {
        long n = shape.elements();
        String place = where + ", tensor " + name;
        MemorySegment packed = arena.allocate(BlockwiseFourBit.packedBytes(n));
        long scaleBytes = BlockwiseFourBit.blocks(n, blockSize) * Float.BYTES;
        if (!doubleQuant) {
            MemorySegment scales = arena.allocate(scaleBytes, Float.BYTES);
            BlockwiseFourBit.quantize(format, blockSize, values, dtype, n, packed, scales, place);
            return new QuantizedTensor(name, format, blockSize, dtype, shape, packed, new Absmax.Plain(scales));
        }
        try (Arena scratch = Arena.ofShared()) {
            MemorySegment scales = scratch.allocate(scaleBytes, Float.BYTES);
            BlockwiseFourBit.quantize(format, blockSize, values, dtype, n, packed, scales, place);
            Absmax.Nested nested = DoubleQuantization.quantize(scales, arena, place);
            return new QuantizedTensor(name, format, blockSize, dtype, shape, packed, nested);
        }
    }

    /** The same codes and scales, as if the tensor had been quantized from another type: F32, BF16 or F16. */
    public QuantizedTensor as(DType other) {
        return new QuantizedTensor(name, format, blockSize, other, shape, packed, absmax);
    }

    /**
     * Puts elements {@code from…from + count} of the flat tensor into {@code into[at…]}: a float product, rounded to the
     * type that the tensor had.
     */
    public void dequantizeInto(long from, int count, float[] into, int at) {
        if (count == 0) {
            return;
        }
        long firstBlock = from / blockSize;
        int blocks = (int) ((from + count - 1) / blockSize - firstBlock + 1);
        float[] scales = new float[blocks];
        absmax.read(firstBlock, scales, blocks);
        BlockwiseFourBit.dequantize(format.codebook(), blockSize, packed, scales, from, into, at, count);
        HalfFloats.round(dtype, into, at, count);
    }

    /**
     * Writes the whole tensor, flat and row-major: a float product, rounded to the type that the tensor had and from
     * there to {@code target}.
     *
     * @param into takes the tensor's elements in {@code target} F32, BF16 or F16, little-endian
     */
    public void dequantizeInto(MemorySegment into, DType target) {
        long n = shape.elements();
        float[] chunk = new float[(int) Math.min(n, CHUNK)];
        for (long from = 0; from < n; from += CHUNK) {
            int count = (int) Math.min(CHUNK, n - from);
            dequantizeInto(from, count, chunk, 0);
            HalfFloats.narrow(chunk, 0, count, into, target, from);
        }
    }
}
