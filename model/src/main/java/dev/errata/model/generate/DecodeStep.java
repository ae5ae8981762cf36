package dev.errata.model.generate;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.KeyValueCache;
import dev.errata.model.decoder.TokenBatch;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.autograd.Ops;
import dev.errata.tensor.sampling.SamplingState;
import java.util.Arrays;
import java.util.List;

/**
 * Writes one token after each of some sequences, any number of times. A step begins with the tokens that the one before
 * chose, where they lie on the backend, so that its operators are the same from step to step.
 */
final class DecodeStep implements AutoCloseable {
    private final Decoder decoder;
    private final KeyValueCache cache;
    private final SamplingState state;
    private final List<Sequence> rows;
    private final Scope scope;
    private final Tensor slots;
    private final Tensor blockTable;
    private final Segments segments;
    private final Tensor ids;
    private final Tensor positions;
    private final Tensor cacheRows;
    private final Tensor chosen;

    DecodeStep(Decoder decoder, KeyValueCache cache, SamplingState state, List<Sequence> rows) {
        this.decoder = decoder;
        this.cache = cache;
        this.state = state;
        this.rows = rows;
        int count = rows.size();
        scope = new Scope("decoding", decoder.backend());
        int[] slot = rows.stream().mapToInt(Sequence::slot).toArray();
        slots = scope.ids("slots", slot);
        blockTable = slots.view(count, 1);
        int[] one = new int[count];
        Arrays.fill(one, 1);
        int[] start = new int[count];
        Arrays.setAll(start, row -> row);
        int[] keyStart = Arrays.stream(slot).map(cache::firstRow).toArray();
        int[] mostKeys = new int[count];
        Arrays.fill(mostKeys, cache.capacity());
        segments = new SegmentBounds(start, one, keyStart, mostKeys).on(scope);
        ids = scope.allocate("ids", DType.I32, count);
        positions = scope.allocate("positions", DType.I32, count);
        cacheRows = scope.allocate("cache rows", DType.I32, count);
        chosen = scope.allocate("chosen", DType.I32, count);
    }

    /**
     * The tokens after those that are there, I32 with an element for each sequence; the next step writes them again. To be
     * followed by {@link Sequence#ask}.
     */
    Tensor run() {
        try (Scope step = new Scope("token", decoder.backend())) {
            run(step);
        }
        return chosen;
    }

    /**
     * The same.
     *
     * @param step holds the activations
     */
    void run(Scope step) {
        step.backend()
                .run(new Op.LastTokens(
                        state.history(),
                        slots,
                        blockTable,
                        cache.capacity(),
                        ids,
                        positions,
                        segments.keyLength(),
                        cacheRows));
        int[] lengths = rows.stream().mapToInt(Sequence::askedLength).toArray();
        TokenBatch batch =
                new TokenBatch(ids, decoder.angles(step, positions, lengths), segments, cache, cacheRows, null, false);
        Tensor hidden = decoder.forward(new Ops(step, null), batch);
        step.backend()
                .run(new Op.SampleTokens(decoder.logits(step, hidden), slots, state.history(), state.rules(), chosen));
    }

    @Override
    public void close() {
        scope.close();
    }
}
