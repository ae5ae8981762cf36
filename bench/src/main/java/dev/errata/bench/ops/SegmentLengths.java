package dev.errata.bench.ops;

import dev.errata.tensor.Backend;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.Map;

/** How many keys the queries of packed sequences see; read from the backend once for each batch. */
public final class SegmentLengths {
    private static final int REMEMBERED = 64;

    private final Backend backend;
    private final IdentityHashMap<Segments, Map<Integer, Double>> known = new IdentityHashMap<>();

    /**
     * @param backend holds the segments
     */
    public SegmentLengths(Backend backend) {
        this.backend = backend;
    }

    /**
     * Pairs of a query and a key that it sees.
     *
     * @param window keys that a query sees at most, its own counted; 0 for all
     */
    public double pairs(Segments segments, int window) {
        if (known.size() > REMEMBERED) {
            known.clear();
        }
        return known.computeIfAbsent(segments, s -> new HashMap<>()).computeIfAbsent(window, w -> count(segments, w));
    }

    private double count(Segments segments, int window) {
        int[] queries = read(segments.queryLength());
        int[] keys = read(segments.keyLength());
        double pairs = 0;
        for (int s = 0; s < queries.length; s++) {
            for (int query = 0; query < queries[s]; query++) {
                int seen = keys[s] - queries[s] + query + 1;
                pairs += window > 0 ? Math.min(window, seen) : seen;
            }
        }
        return pairs;
    }

    private int[] read(Tensor lengths) {
        int[] values = new int[(int) lengths.elements()];
        backend.download(lengths, MemorySegment.ofArray(values));
        return values;
    }
}
