package dev.errata.pipeline.engine;

import dev.errata.pipeline.run.InputFile;
import dev.errata.train.TrainingHealth;
import dev.errata.train.optimizer.Paging;
import java.util.List;
import java.util.SortedMap;

/**
 * {@code manifest.json} of one training: what it was made of and what it took.
 *
 * @param errata the version of the program
 * @param device on which its last start computed, as in {@code --device}
 * @param settings every setting that can change a value; inputs by their hashes
 * @param inputs by the key that names them
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
        String errata,
        String java,
        String system,
        String device,
        List<String> units,
        long seed,
        SortedMap<String, String> settings,
        SortedMap<String, InputFile> inputs,
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
