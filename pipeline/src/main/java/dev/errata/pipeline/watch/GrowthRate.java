package dev.errata.pipeline.watch;

import java.util.ArrayDeque;
import java.util.Deque;

/** How fast a count grows, over the last minute of looks. */
final class GrowthRate {
    private static final double WINDOW_SECONDS = 60;

    /**
     * @param seconds on any clock that only goes forward
     */
    private record Look(double seconds, long count) {}

    private final Deque<Look> looks = new ArrayDeque<>();

    /** A look at the count; one that has fallen begins anew. */
    void look(double seconds, long count) {
        if (!looks.isEmpty() && count < looks.getLast().count()) {
            looks.clear();
        }
        looks.addLast(new Look(seconds, count));
        while (looks.size() > 2 && seconds - looks.getFirst().seconds() > WINDOW_SECONDS) {
            looks.removeFirst();
        }
    }

    /** Per second; 0 where nothing can be said yet. */
    double perSecond() {
        if (looks.isEmpty()) {
            return 0;
        }
        double seconds = looks.getLast().seconds() - looks.getFirst().seconds();
        return seconds > 0 ? (looks.getLast().count() - looks.getFirst().count()) / seconds : 0;
    }

    /**
     * Seconds until a total is reached at this pace; null where nothing can be said.
     */
    Double secondsTo(long total) {
        double rate = perSecond();
        return rate > 0 ? Math.max(0, total - looks.getLast().count()) / rate : null;
    }
}
