package dev.errata.pipeline.watch;

import com.fasterxml.jackson.annotation.JsonValue;
import dev.errata.pipeline.record.Correction;
import java.util.List;
import java.util.Locale;

/**
 * A run as it is now: the answer of {@code GET /status}.
 *
 * @param run its folder's name
 * @param finished whether its summary is written
 * @param idleSeconds since its last record came; null where there is none
 * @param trainings those that have begun
 * @param paths the last ones sampled, newest first
 * @param corrections the last ones, newest first
 */
record RunStatus(
        String run,
        boolean finished,
        Long idleSeconds,
        List<StageView> stages,
        List<Training> trainings,
        List<Path> paths,
        List<Correction> corrections) {
    /** Where a stage is. */
    enum State {
        WAITING,
        RUNNING,
        DONE;

        /** As the page reads it. */
        @JsonValue
        String label() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * A stage, or a part of one that takes its time: the training or the evaluation of an arm.
     *
     * @param done records so far, of which there will be {@code total}; 0 where that isn't known
     * @param perSecond over the last minute; 0 where nothing can be said
     * @param secondsLeft at that pace; null where nothing can be said
     */
    record StageView(
            String name, State state, long done, long total, String unit, double perSecond, Double secondsLeft) {}

    /**
     * The losses of an arm.
     *
     * @param steps how many there will be; 0 where that isn't known
     * @param loss pairs of step and loss, some hundreds at most
     */
    record Training(String arm, int steps, List<double[]> loss) {}

    /** A sampled path beside what was asked. */
    record Path(
            String problemId,
            int sample,
            String question,
            String answer,
            String text,
            String finalAnswer,
            boolean correct) {}
}
