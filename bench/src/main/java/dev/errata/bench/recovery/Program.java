package dev.errata.bench.recovery;

import dev.errata.bench.recovery.fault.FaultPlan;
import dev.errata.train.StoppedException;
import java.util.List;

/** A way to run the commands of Errata on a disk that may fail. */
interface Program extends AutoCloseable {
    /** Exit code of a command whose process is gone. */
    int GONE = 137;

    /**
     * How a command ended.
     *
     * @param code its exit code, {@link #GONE} where its process was gone
     * @param err what it wrote to stderr
     */
    record Ended(int code, String err) {
        /** The last line of stderr. */
        String last() {
            String[] lines = err.strip().split("\n");
            return lines[lines.length - 1];
        }
    }

    /** Runs a command to its end. */
    Ended run(List<String> command, FaultPlan plan);

    @Override
    void close();

    /** For the check's own thread when it is interrupted. */
    static StoppedException interrupted() {
        Thread.currentThread().interrupt();
        return new StoppedException();
    }
}
