package dev.errata.tensor.sampling;

import dev.errata.tensor.DType;
import dev.errata.tensor.SamplingRules;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.TokenHistory;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * What {@link dev.errata.tensor.Op.SampleTokens} reads of its sequences, on the device: request i is slot i. Its own operator
 * appends the tokens, so nothing of this is uploaded again.
 */
public record SamplingState(TokenHistory history, SamplingRules rules) {
    /**
     * Uploads the requests.
     *
     * @param room tokens that each history may grow by
     */
    public static SamplingState of(Scope scope, List<SampleRequest> requests, int room) {
        return new SamplingState(history(scope, requests, room), rules(scope, requests));
    }

    /** The slots 0 to {@code count} − 1, for a batch of all of them. */
    public static Tensor allSlots(Scope scope, int count) {
        int[] slots = new int[count];
        Arrays.setAll(slots, slot -> slot);
        return scope.ids("slots", slots);
    }

    private static TokenHistory history(Scope scope, List<SampleRequest> requests, int room) {
        int[] lengths =
                requests.stream().mapToInt(request -> request.history().length).toArray();
        int capacity = Math.addExact(Arrays.stream(lengths).max().orElse(0), room);
        int[] ids = new int[Math.multiplyExact(requests.size(), capacity)];
        for (int slot = 0; slot < lengths.length; slot++) {
            System.arraycopy(requests.get(slot).history(), 0, ids, slot * capacity, lengths[slot]);
        }
        Tensor table = scope.ids("history", ids).view(requests.size(), capacity);
        return new TokenHistory(table, scope.ids("history lengths", lengths));
    }

    private static SamplingRules rules(Scope scope, List<SampleRequest> requests) {
        double[] settings = new double[requests.size() * SamplingRules.SETTINGS];
        long[] keys = new long[requests.size() * SamplingRules.KEYS];
        int[] parts = new int[requests.size() * 2];
        IdentityHashMap<int[], Integer> places =
                new IdentityHashMap<>(); // requests of one batch mostly share their array
        int[] forbidden = new int[0];
        for (int slot = 0; slot < requests.size(); slot++) {
            SampleRequest request = requests.get(slot);
            System.arraycopy(settings(request), 0, settings, slot * SamplingRules.SETTINGS, SamplingRules.SETTINGS);
            System.arraycopy(key(request), 0, keys, slot * SamplingRules.KEYS, SamplingRules.KEYS);
            Integer place = places.get(request.forbidden());
            if (place == null) {
                place = forbidden.length;
                places.put(request.forbidden(), place);
                forbidden = Arrays.copyOf(forbidden, place + request.forbidden().length);
                System.arraycopy(request.forbidden(), 0, forbidden, place, request.forbidden().length);
            }
            parts[2 * slot] = place;
            parts[2 * slot + 1] = place + request.forbidden().length;
        }
        Tensor table = scope.allocate("sampling settings", DType.F64, requests.size(), SamplingRules.SETTINGS);
        scope.backend().upload(MemorySegment.ofArray(settings), table);
        Tensor streams = scope.allocate("random keys", DType.I64, requests.size(), SamplingRules.KEYS);
        scope.backend().upload(MemorySegment.ofArray(keys), streams);
        return new SamplingRules(
                table,
                streams,
                scope.ids("forbidden tokens", forbidden),
                scope.ids("parts of forbidden tokens", parts).view(requests.size(), 2));
    }

    /** A row of {@link SamplingRules#settings}. */
    static double[] settings(SampleRequest request) {
        SamplerSettings sampler = request.settings();
        double[] row = new double[SamplingRules.SETTINGS];
        row[SamplingRules.TEMPERATURE] = sampler.temperature();
        row[SamplingRules.TOP_K] = sampler.topK();
        row[SamplingRules.TOP_P] = sampler.topP();
        row[SamplingRules.MIN_P] = sampler.minP();
        row[SamplingRules.TYPICAL_P] = sampler.typicalP();
        row[SamplingRules.REPETITION_PENALTY] = sampler.repetitionPenalty();
        row[SamplingRules.NO_REPEAT_NGRAM_SIZE] = sampler.noRepeatNgramSize();
        return row;
    }

    /** A row of {@link SamplingRules#keys}. */
    static long[] key(SampleRequest request) {
        long[] row = new long[SamplingRules.KEYS];
        row[SamplingRules.SEED] = request.seed();
        row[SamplingRules.STREAM] = request.stream();
        row[SamplingRules.ORIGIN] = request.history().length - request.index();
        return row;
    }
}
