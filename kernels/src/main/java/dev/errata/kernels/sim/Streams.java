package dev.errata.kernels.sim;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Streams, events and graphs of a device that does everything at once when it is asked: a stream only remembers what it
 * captures, an event when it was recorded.
 */
final class Streams {
    private final Map<Long, List<Runnable>> capturing = new HashMap<>();
    private final Set<Long> streams = new HashSet<>();
    private final Map<Long, Long> events = new HashMap<>();
    private final Map<Long, List<Runnable>> graphs = new HashMap<>();
    private long next = 1;

    long createStream() {
        streams.add(++next);
        return next;
    }

    void destroyStream(long stream) {
        known(stream);
        streams.remove(stream);
    }

    private void known(long stream) {
        if (stream != 0 && !streams.contains(stream)) {
            throw Failures.invalidHandle("stream " + stream);
        }
    }

    /** Does the work, or keeps it if the stream captures. */
    void give(long stream, Runnable work) {
        known(stream);
        List<Runnable> kept = capturing.get(stream);
        if (kept == null) {
            work.run();
        } else {
            kept.add(work);
        }
    }

    void synchronize(long stream) {
        known(stream);
        if (capturing.containsKey(stream)) {
            throw Failures.of("CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "waiting for a stream that captures");
        }
    }

    void beginCapture(long stream) {
        known(stream);
        if (stream == 0) {
            throw Failures.of("CUDA_ERROR_STREAM_CAPTURE_UNSUPPORTED", "capturing the null stream");
        }
        if (capturing.putIfAbsent(stream, new ArrayList<>()) != null) {
            throw Failures.of("CUDA_ERROR_ILLEGAL_STATE", "the stream captures already");
        }
    }

    long endCapture(long stream) {
        List<Runnable> kept = capturing.remove(stream);
        if (kept == null) {
            throw Failures.of("CUDA_ERROR_ILLEGAL_STATE", "the stream doesn't capture");
        }
        graphs.put(++next, kept);
        return next;
    }

    void replay(long graph, long stream) {
        List<Runnable> work = graphs.get(graph);
        if (work == null) {
            throw Failures.invalidHandle("graph " + graph);
        }
        give(stream, () -> work.forEach(Runnable::run));
    }

    void destroyGraph(long graph) {
        if (graphs.remove(graph) == null) {
            throw Failures.invalidHandle("graph " + graph);
        }
    }

    long createEvent() {
        events.put(++next, 0L);
        return next;
    }

    void destroyEvent(long event) {
        happened(event);
        events.remove(event);
    }

    void record(long event, long stream) {
        happened(event);
        give(stream, () -> events.put(event, System.nanoTime()));
    }

    /** In nanoseconds, 0 for an event that was never recorded. */
    long happened(long event) {
        Long at = events.get(event);
        if (at == null) {
            throw Failures.invalidHandle("event " + event);
        }
        return at;
    }
}
