package dev.errata.pipeline.data;

import dev.errata.train.StepRecord;
import java.nio.file.Path;
import java.util.List;

/** {@code metrics.jsonl} of a training that may still be at work: its whole lines; one that is being written is left out. */
public final class StepLog {
    private StepLog() {}

    /** The steps in order, as {@link WholeLines} reads them. */
    public static List<StepRecord> read(Path file) {
        return WholeLines.read(file, RecordRows::metrics);
    }
}
