package dev.errata.pipeline.review;

import dev.errata.pipeline.data.WholeLines;
import dev.errata.pipeline.folder.JsonlAppender;
import dev.errata.pipeline.folder.OutputFolder;
import dev.errata.pipeline.folder.RunLock;
import dev.errata.pipeline.record.PathKey;
import dev.errata.pipeline.run.RunFolder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The ratings of a run's corrections: a log that grows a flushed line a rating and is read again when the review goes on.
 * Threads may share it; processes may not.
 */
final class RatingLog implements AutoCloseable {
    private record Judged(PathKey correction, String rater) {}

    private final RunLock lock;
    private final JsonlAppender log;
    private final Map<Judged, Rating> ratings = new LinkedHashMap<>();

    private RatingLog(RunLock lock, JsonlAppender log, List<Rating> before) {
        this.lock = lock;
        this.log = log;
        before.forEach(this::take);
    }

    /** Where a run's ratings lie. */
    static Path file(RunFolder run) {
        return run.path().resolve("review/ratings.jsonl");
    }

    /** Opens the log to go on with it. */
    static RatingLog open(RunFolder run) {
        Path file = file(run);
        OutputFolder.require(file.getParent());
        RunLock lock = RunLock.take(file.getParent());
        try {
            return new RatingLog(lock, JsonlAppender.openLog(file), WholeLines.read(file, Rating::read));
        } catch (RuntimeException e) {
            lock.close();
            throw e;
        }
    }

    /** What counts of a run's ratings: the last one of each rater on each correction; none where nobody has rated. */
    static Collection<Rating> read(RunFolder run) {
        Map<Judged, Rating> last = new LinkedHashMap<>();
        WholeLines.read(file(run), Rating::read).forEach(each -> last.put(judged(each), each));
        return last.values();
    }

    private static Judged judged(Rating rating) {
        return new Judged(new PathKey(rating.problemId(), rating.sample()), rating.rater());
    }

    private void take(Rating rating) {
        ratings.put(judged(rating), rating);
    }

    /** Keeps a rating; it is in the file when this returns. */
    synchronized void add(Rating rating) {
        log.append(List.of(rating));
        take(rating);
    }

    /** The rating of a correction by a rater, or null. */
    synchronized Rating of(PathKey correction, String rater) {
        return ratings.get(new Judged(correction, rater));
    }

    /** All that count. */
    synchronized List<Rating> all() {
        return new ArrayList<>(ratings.values());
    }

    @Override
    public void close() {
        log.close();
        lock.close();
    }
}
