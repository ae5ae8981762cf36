package dev.errata.model.checkpoint;

import dev.errata.model.file.SafetensorsWriter;
import java.util.List;

/** One tensor of a model in the making, or the few that stand for it; they lie in one file. */
interface CheckpointPart {
    /** What is written, told before it exists. */
    List<SafetensorsWriter.Plan> plans();

    /** Makes the tensors of {@link #plans} and writes them. */
    void write(SafetensorsWriter writer);

    /** Bytes of all its tensors. */
    default long bytes() {
        return plans().stream().mapToLong(SafetensorsWriter.Plan::bytes).sum();
    }
}
