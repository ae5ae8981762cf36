package dev.errata.pipeline.engine;

import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import dev.errata.train.MemoryFit;
import dev.errata.train.MemoryPlan;
import dev.errata.train.config.TrainSettings;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** What a training writes, against what is free where it writes. */
final class DiskNeed {
    /** The result, and the best by validation. */
    private static final int RESULTS = 2;

    private DiskNeed() {}

    /**
     * Trained values take as many bytes as their gradients; a checkpoint holds them with both moments, and one that is
     * kept stays while the next one is written. How many epochs' checkpoints will be is not known before the rows are.
     */
    static long bytes(MemoryPlan.Bytes plan, TrainSettings settings) {
        long moments = plan.optimizer() + plan.optimizerPages();
        long results = RESULTS;
        if (settings.keepsAllResults() && settings.steps() != null) {
            results += Math.ceilDiv(settings.steps(), settings.checkpointEvery());
        }
        return (settings.keepCheckpoints() + 1L) * (plan.gradients() + moments)
                + results * plan.gradients()
                + plan.optimizerPages();
    }

    /**
     * Ends a training whose folder would fill the disk, as a full disk would later: exit code 1.
     *
     * @param folder may not be there yet
     * @param there bytes that an earlier start has written already
     */
    static void require(MemoryPlan.Bytes plan, TrainSettings settings, Path folder, long there) {
        Path above = folder.toAbsolutePath();
        while (above != null && !Files.exists(above)) {
            above = above.getParent();
        }
        if (above != null && !Files.isWritable(above)) {
            return; // making the folder says that
        }
        try {
            long free =
                    above == null ? Long.MAX_VALUE : Files.getFileStore(above).getUsableSpace();
            long needed = bytes(plan, settings) - there;
            if (needed > free) {
                throw new RunFailedException(
                        "checkpoints need " + MemoryFit.shown(needed) + " of disk, " + MemoryFit.shown(free)
                                + " are free",
                        folder.toString(),
                        "make room, or choose an output on another disk");
            }
        } catch (IOException e) {
            throw new BadInputException("the disk can't be looked at", folder.toString(), "check its permissions", e);
        }
    }
}
