package dev.errata.model.checkpoint;

import dev.errata.model.file.MappedPages;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.file.TensorEntry;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A tensor of a mapped file that goes into a new one byte for byte. */
record CopiedTensor(TensorEntry entry) implements CheckpointPart {
    private static final long WINDOW = 16 << 20;

    @Override
    public List<SafetensorsWriter.Plan> plans() {
        return List.of(new SafetensorsWriter.Plan(entry.name(), entry.dtype(), entry.shape()));
    }

    @Override
    public void write(SafetensorsWriter writer) {
        long bytes = entry.data().byteSize();
        for (long from = 0; from < bytes; from += WINDOW) {
            MemorySegment window = entry.data().asSlice(from, Math.min(WINDOW, bytes - from));
            writer.write(entry.name(), window);
            MappedPages.release(window);
        }
    }
}
