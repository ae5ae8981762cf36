package dev.errata.model.convert;

import dev.errata.model.file.MappedPages;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.weights.ModelSource;
import dev.errata.model.weights.StoredTensor;
import dev.errata.quant.HalfFloats;
import dev.errata.quant.LittleEndian;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;

/** The tensors of a model as plain ones of one type. */
public final class PlainTensors {
    private static final int CHUNK = 1 << 16;

    private PlainTensors() {}

    /**
     * All of a model's tensors by Hugging Face's names, in the order in which safetensors' own library writes them.
     *
     * @throws BadInputException if one is missing, misshapen, or doesn't belong
     */
    public static Map<String, StoredTensor> of(ModelSource source) {
        return new TreeMap<>(ModelToGguf.tensors(source));
    }

    /** The type of the matrices, if it is one and all other tensors fit into it; else F32, which holds them all. */
    public static DType exactType(Map<String, StoredTensor> tensors) {
        DType type = ModelToGguf.storedFloats(tensors.values());
        return type == DType.F32 || fit(tensors.values(), type) ? type : DType.F32;
    }

    private static boolean fit(Collection<StoredTensor> tensors, DType type) {
        for (StoredTensor tensor : tensors) {
            if (tensor.dtype() != type) {
                try (Arena scratch = Arena.ofShared()) {
                    MemorySegment values = values(tensor, scratch);
                    float[] exact = values.toArray(LittleEndian.F32);
                    float[] back = new float[exact.length];
                    MemorySegment rounded = scratch.allocate((long) exact.length * type.bytes(), 8);
                    HalfFloats.narrow(exact, 0, exact.length, rounded, type, 0);
                    HalfFloats.widen(rounded, type, 0, back, 0, back.length);
                    if (!Arrays.equals(exact, back)) {
                        return false;
                    }
                }
            }
        }
        return true;
    }

    /**
     * Writes a tensor, rounded once.
     *
     * @param type F32, F16 or BF16
     * @param where the file it comes from, for errors
     * @throws BadInputException if a number is beyond F16's range and that is the type
     */
    public static void write(String name, StoredTensor tensor, DType type, SafetensorsWriter writer, String where) {
        try (Arena scratch = Arena.ofShared()) {
            MemorySegment values = values(tensor, scratch);
            if (type == DType.F32) {
                writer.write(name, values);
                if (tensor.inPlace() != null) {
                    MappedPages.release(values);
                }
                return;
            }
            float[] chunk = new float[CHUNK];
            MemorySegment rounded = scratch.allocate((long) CHUNK * type.bytes(), 64);
            long elements = tensor.shape().elements();
            for (long from = 0; from < elements; from += CHUNK) {
                int count = (int) Math.min(CHUNK, elements - from);
                MemorySegment.copy(values, LittleEndian.F32, from * Float.BYTES, chunk, 0, count);
                if (type == DType.F16) {
                    requireRange(name, chunk, count, where);
                }
                HalfFloats.narrow(chunk, 0, count, rounded, type, 0);
                writer.write(name, rounded.asSlice(0, (long) count * type.bytes()));
            }
        }
    }

    private static void requireRange(String name, float[] values, int count, String where) {
        for (int i = 0; i < count; i++) {
            if (Float.isFinite(values[i]) && (Float.floatToFloat16(values[i]) & 0x7FFF) == 0x7C00) {
                throw new BadInputException(
                        "tensor " + name + " holds " + values[i] + ", which f16 can't",
                        where,
                        "convert with --type bf16 or f32");
            }
        }
    }

    private static MemorySegment values(StoredTensor tensor, Arena scratch) {
        MemorySegment values = tensor.inPlace();
        if (values == null) {
            values = scratch.allocate(tensor.shape().elements() * Float.BYTES, 64);
            tensor.decodeInto(values);
        }
        return values;
    }
}
