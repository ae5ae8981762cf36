package dev.errata.model.weights;

import dev.errata.model.config.ModelConfig;
import dev.errata.tensor.DType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Map;

/**
 * Whether a checkpoint whose config ties the output layer to the embedding has a trained output layer all the same. Then the
 * stored one counts, as in transformers since 5.24; a copy of the embedding, as many tools save it, is passed over.
 */
final class OwnHead {
    private OwnHead() {}

    static boolean isStored(ModelConfig config, Map<String, StoredTensor> stored) {
        StoredTensor head = stored.get(DecoderLayout.LM_HEAD);
        StoredTensor embedding = stored.get(DecoderLayout.EMBEDDING);
        return config.tieWordEmbeddings() && head != null && embedding != null && differ(head, embedding);
    }

    private static boolean differ(StoredTensor one, StoredTensor other) {
        if (!one.shape().equals(other.shape()) || !isFloat(one) || !isFloat(other)) {
            return true;
        }
        if (sameBytes(one, other)) {
            return false;
        }
        try (Arena arena = Arena.ofShared()) {
            MemorySegment left = values(one, arena);
            MemorySegment right = values(other, arena);
            long bytes = one.shape().elements() * Float.BYTES;
            // -0 and 0, and any two NaNs, count as the same: a cast of one copy may have changed them.
            for (long at = MemorySegment.mismatch(left, 0, bytes, right, 0, bytes);
                    at >= 0 && at < bytes;
                    at = next(left, right, at, bytes)) {
                float a = left.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at & -Float.BYTES);
                float b = right.get(ValueLayout.JAVA_FLOAT_UNALIGNED, at & -Float.BYTES);
                if (a != b && !(Float.isNaN(a) && Float.isNaN(b))) {
                    return true;
                }
            }
            return false;
        }
    }

    /** So the usual copy is known without decoding either. */
    private static boolean sameBytes(StoredTensor one, StoredTensor other) {
        boolean same = one.dtype() == other.dtype()
                && one.bytes() != null
                && other.bytes() != null
                && one.bytes().mismatch(other.bytes()) < 0;
        one.release();
        other.release();
        return same;
    }

    private static long next(MemorySegment left, MemorySegment right, long at, long bytes) {
        long from = (at & -Float.BYTES) + Float.BYTES;
        long found = from >= bytes ? -1 : MemorySegment.mismatch(left, from, bytes, right, from, bytes);
        return found < 0 ? -1 : from + found;
    }

    private static boolean isFloat(StoredTensor tensor) {
        return tensor.dtype() == DType.F32 || tensor.dtype() == DType.BF16 || tensor.dtype() == DType.F16;
    }

    private static MemorySegment values(StoredTensor tensor, Arena arena) {
        if (tensor.inPlace() != null) {
            return tensor.inPlace();
        }
        MemorySegment values = arena.allocate(tensor.shape().elements() * Float.BYTES, Long.BYTES);
        tensor.decodeInto(values);
        return values;
    }
}
