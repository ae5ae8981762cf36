package dev.errata.model.generate;

import dev.errata.model.cache.CachedSequence;
import dev.errata.model.cache.KeyValueCache;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.RopeAngles;
import dev.errata.model.decoder.TokenBatch;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.RepeatedStep;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.autograd.Ops;
import dev.errata.tensor.sampling.SamplingState;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Writes one token after each of some sequences, any number of times. A step begins with the tokens that the one before
 * chose, where they lie on the backend, so that its operators are the same from step to step, until a sequence has no room
 * left in its blocks.
 */
final class DecodeStep implements AutoCloseable {
    private final Decoder decoder;
    private final KeyValueCache cache;
    private final SamplingState state;
    private final List<Sequence> rows;
    private final Scope scope;
    private final Tensor slots;
    private final Segments segments;
    private final Tensor ids;
    private final Tensor positions;
    private final Tensor places;
    private final Tensor chosen;
    private final RepeatedStep repeated;

    /**
     * @param rows get room for as many further tokens as a block has
     * @param width blocks of the longest sequence
     */
    DecodeStep(Decoder decoder, KeyValueCache cache, SamplingState state, List<Sequence> rows, int width) {
        this.decoder = decoder;
        this.cache = cache;
        this.state = state;
        this.rows = rows;
        int count = rows.size();
        for (Sequence row : rows) {
            int length = row.askedLength() + KeyValueCache.BLOCK_TOKENS;
            cache.extend(row.cached(), Math.min(length, row.mostTokens()));
        }
        scope = new Scope("decoding", decoder.backend());
        slots = scope.ids("slots", rows.stream().mapToInt(Sequence::slot).toArray());
        int[] one = new int[count];
        Arrays.fill(one, 1);
        List<CachedSequence> cached = rows.stream().map(Sequence::cached).toList();
        segments = cache.segments(scope, cached, one, width);
        ids = scope.allocate("ids", DType.I32, count);
        positions = scope.allocate("positions", DType.I32, count);
        places = scope.allocate("places", DType.I32, count);
        chosen = scope.allocate("chosen", DType.I32, count);
        repeated = repeated();
    }

    /** The step as one that the backend may do again by itself; null where angles depend on each step's lengths. */
    private RepeatedStep repeated() {
        int[] longest = rows.stream().mapToInt(row -> row.cached().length()).toArray();
        if (!decoder.hasCommonAngles(longest)) {
            return null;
        }
        RopeAngles angles = decoder.angles(scope, positions, longest);
        return decoder.backend().repeated(() -> run(step -> angles));
    }

    /** Whether every sequence has room for its last token. */
    boolean hasRoom() {
        return rows.stream().allMatch(row -> row.askedLength() <= row.cached().length());
    }

    /**
     * The tokens after those that are there, I32 with an element for each sequence; the next step writes them again. To be
     * followed by {@link Sequence#ask}.
     */
    Tensor run() {
        if (repeated != null) {
            repeated.run();
        } else {
            int[] lengths = rows.stream().mapToInt(Sequence::askedLength).toArray();
            run(step -> decoder.angles(step, positions, lengths));
        }
        return chosen;
    }

    private void run(Function<Scope, RopeAngles> angles) {
        try (Scope step = new Scope("token", decoder.backend())) {
            run(step, angles);
        }
    }

    private void run(Scope step, Function<Scope, RopeAngles> angles) {
        step.backend()
                .run(new Op.LastTokens(
                        state.history(),
                        slots,
                        segments.blockTable(),
                        KeyValueCache.BLOCK_TOKENS,
                        ids,
                        positions,
                        segments.keyLength(),
                        places));
        TokenBatch batch = new TokenBatch(ids, angles.apply(step), segments, cache, places, null, false);
        Tensor hidden = decoder.forward(new Ops(step, null), batch);
        step.backend()
                .run(new Op.SampleTokens(decoder.logits(step, hidden), slots, state.history(), state.rules(), chosen));
    }

    @Override
    public void close() {
        if (repeated != null) {
            repeated.close();
        }
        scope.close();
    }
}
