package dev.errata.model.convert;

import dev.errata.model.file.GgufWriter;
import dev.errata.model.file.MappedPages;
import dev.errata.model.weights.ModelSource;
import dev.errata.model.weights.PairedRows;
import dev.errata.model.weights.StoredTensor;
import dev.errata.quant.LittleEndian;
import dev.errata.quant.ggml.GgmlEncoder;
import dev.errata.quant.ggml.GgmlType;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Writes a tensor's rows into a GGUF file, a few megabytes at a time. */
final class TensorEncoding {
    private static final long CHUNK_ELEMENTS = 1 << 20;
    private static final int F16_INFINITY = 0x7C00;

    private TensorEncoding() {}

    /** Vectors stay F32; a matrix whose rows don't divide into the wanted type's blocks is F16, as llama.cpp has it. */
    static GgmlType typeOf(Shape shape, GgmlType wanted) {
        if (shape.rank() < 2) {
            return GgmlType.F32;
        }
        return shape.columns() % wanted.blockSize() == 0 ? wanted : GgmlType.F16;
    }

    static MemorySegment littleEndian(float[] values) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[values.length * Float.BYTES]);
        for (int i = 0; i < values.length; i++) {
            bytes.set(LittleEndian.F32, (long) i * Float.BYTES, values[i]);
        }
        return bytes;
    }

    /**
     * Writes all of a tensor.
     *
     * @param pairedHeads heads whose rows are put in pairs; 0 leaves them as they are
     */
    static void write(
            GgufWriter.Plan plan, StoredTensor tensor, int pairedHeads, GgufWriter writer, ModelSource source) {
        try (Arena scratch = Arena.ofShared()) {
            MemorySegment values = tensor.inPlace();
            if (values == null) {
                values = scratch.allocate(tensor.shape().elements() * Float.BYTES, 64);
                tensor.decodeInto(values);
            }
            write(plan, values, pairedHeads, writer, source.path().toString());
            if (tensor.inPlace() != null) {
                MappedPages.release(values);
            }
        }
    }

    /**
     * Writes all of a tensor.
     *
     * @param values F32, little-endian, in the plan's shape
     * @param where the file they come from, for errors
     * @throws BadInputException if a number is beyond F16's range and that is the type
     */
    static void write(GgufWriter.Plan plan, MemorySegment values, int pairedHeads, GgufWriter writer, String where) {
        GgmlType type = plan.type();
        PairedRows order = PairedRows.of(plan.shape(), Math.max(1, pairedHeads));
        long columns = order.columns();
        if (plan.shape().elements() == 0) {
            return;
        }
        long chunk = Math.max(1, CHUNK_ELEMENTS / columns);
        try (Arena scratch = Arena.ofShared()) {
            MemorySegment out = scratch.allocate(
                    Math.min(chunk, order.rows()) * columns / type.blockSize() * type.blockBytes() + 64, 64);
            for (long row = 0; row < order.rows(); row += chunk) {
                long rows = Math.min(chunk, order.rows() - row);
                long bytes = encodeRows(type, values, order, pairedHeads > 0, row, rows, out);
                MemorySegment encoded = out.asSlice(0, bytes);
                if (type == GgmlType.F16) {
                    requireFinite(plan.name(), encoded, values, order, pairedHeads > 0, row, where);
                }
                writer.write(plan.name(), encoded);
            }
        }
    }

    private static long encodeRows(
            GgmlType type,
            MemorySegment values,
            PairedRows order,
            boolean paired,
            long row,
            long rows,
            MemorySegment out) {
        long rowElements = order.columns();
        if (!paired || rowElements % type.blockSize() != 0) {
            long blocks = rows * rowElements / type.blockSize();
            GgmlEncoder.encode(type, values, row * rowElements, blocks, out, 0);
            return blocks * type.blockBytes();
        }
        long rowBlocks = rowElements / type.blockSize();
        long rowBytes = rowBlocks * type.blockBytes();
        for (long i = 0; i < rows; i++) {
            GgmlEncoder.encode(type, values, order.halved(row + i) * rowElements, rowBlocks, out, i * rowBytes);
        }
        return rows * rowBytes;
    }

    /** An infinity of F16 must come from an infinity. */
    private static void requireFinite(
            String name,
            MemorySegment encoded,
            MemorySegment values,
            PairedRows order,
            boolean paired,
            long row,
            String where) {
        long elements = encoded.byteSize() / Short.BYTES;
        for (long i = 0; i < elements; i++) {
            if ((encoded.get(LittleEndian.I16, i * Short.BYTES) & 0x7FFF) == F16_INFINITY) {
                long source = row + i / order.columns();
                long at = (paired ? order.halved(source) : source) * order.columns() + i % order.columns();
                float value = values.get(LittleEndian.F32, at * Float.BYTES);
                if (!Float.isInfinite(value)) {
                    throw new BadInputException(
                            "tensor " + name + " holds " + value + ", which f16 can't",
                            where,
                            "convert with --type bf16 or f32");
                }
            }
        }
    }
}
