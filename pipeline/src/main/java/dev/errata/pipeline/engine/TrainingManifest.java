package dev.errata.pipeline.engine;

import com.fasterxml.jackson.annotation.JsonUnwrapped;
import dev.errata.pipeline.folder.Provenance;
import dev.errata.train.TrainingHealth;
import dev.errata.train.optimizer.Paging;
import java.util.List;

/**
 * {@code manifest.json} of one training: what it was made of and what it took.
 *
 * @param device on which its last start computed, as in {@code --device}
 * @param length the length that was asked for, as {@code steps 20}
 * @param finished the length whose result lies in the folder; null while there is none
 * @param units of the processor that its bf16 products were computed with, beyond vectors; null in folders of before there were any
 * @param seconds worked on it, over all starts that ended in order
 * @param memory planned before it started, and reserved at most while it ran
 * @param warnings steps out of the healthy range
 * @param droppedRows rows that were left out because they are too long
 * @param paging what paged optimizer states did in the last start; null where they are not paged
 */
record TrainingManifest(
        @JsonUnwrapped Provenance provenance,
        String device,
        List<String> units,
        String length,
        String finished,
        double seconds,
        Memory memory,
        TrainingHealth.Warnings warnings,
        int droppedRows,
        Paging paging) {
    /**
     * Bytes.
     *
     * @param planned for the longest rows that the config allows
     * @param reserved 0 until a start has ended in order
     */
    record Memory(long planned, long reserved) {}
}
