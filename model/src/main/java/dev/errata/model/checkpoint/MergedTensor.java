package dev.errata.model.checkpoint;

import dev.errata.model.adapter.AdapterMerge;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.quant.HalfFloats;
import dev.errata.tensor.RunFailedException;
import dev.errata.tensor.Shape;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** A tensor of a merged model, made when it is written. */
record MergedTensor(AdapterMerge merge, String name, Shape shape, FloatType dtype) implements CheckpointPart {
    private static final int PIECE = 1 << 20;

    @Override
    public List<SafetensorsWriter.Plan> plans() {
        return List.of(new SafetensorsWriter.Plan(name, dtype.stored(), shape));
    }

    /**
     * @throws RunFailedException if an element is NaN or infinite, or too large for the type
     */
    @Override
    public void write(SafetensorsWriter writer) {
        try (Arena arena = Arena.ofShared()) {
            MemorySegment values = merge.merged(name, arena);
            float[] piece = new float[(int) Math.min(PIECE, shape.elements())];
            MemorySegment stored =
                    arena.allocate((long) piece.length * dtype.stored().bytes(), Long.BYTES);
            for (long from = 0; from < shape.elements(); from += PIECE) {
                int count = (int) Math.min(PIECE, shape.elements() - from);
                MemorySegment.copy(values, ValueLayout.JAVA_FLOAT, from * Float.BYTES, piece, 0, count);
                HalfFloats.narrow(piece, 0, count, stored, dtype.stored(), 0);
                HalfFloats.widen(stored, dtype.stored(), 0, piece, 0, count);
                requireFinite(piece, count);
                writer.write(
                        name, stored.asSlice(0, (long) count * dtype.stored().bytes()));
            }
        }
    }

    private void requireFinite(float[] values, int count) {
        for (int i = 0; i < count; i++) {
            if (!Float.isFinite(values[i])) {
                throw new RunFailedException(
                        "merged weight is not finite in " + dtype,
                        "tensor " + name,
                        "look at the adapter's values, or choose another --dtype");
            }
        }
    }
}
