package dev.errata.model.generate;

import dev.errata.model.cache.CachedSequence;
import dev.errata.model.cache.KeyValueCache;
import dev.errata.model.decoder.AdapterRuns;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.TokenBatch;
import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.RepeatedStep;
import dev.errata.tensor.Scope;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.autograd.Ops;
import dev.errata.tensor.sampling.SamplingState;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;

/**
 * One token for each of up to a fixed number of sequences, as a {@linkplain Backend#repeated repeated step}: the operators and their
 * tensors are the same whatever sequences take part. Who does is told by two tensors, slots and block table, which are uploaded
 * when a sequence has come or gone or has got a block. Rows that are left over have no slot; they see no keys, write none
 * and choose nothing.
 */
final class DecodingStep implements AutoCloseable {
    private static final int NO_SLOT = -1;

    private final Decoder decoder;
    private final KeyValueCache cache;
    private final SamplingState state;
    private final Form form;
    private final Scope scope;
    private final Tensor slots;
    private final Segments segments;
    private final Tensor ids;
    private final Tensor positions;
    private final Tensor places;
    private final Tensor logits;
    private final Tensor chosen;
    private final int[] slotsThere;
    private final int[] tableThere;
    private final int[] spans;
    private RepeatedStep captured;

    /**
     * What the operators of a step depend on beside what all steps have in common.
     *
     * @param rows it has room for
     * @param width blocks that a sequence may have
     * @param adapters of all rows, those that are left over too
     * @param keepsLogits whether the rows' logits can be looked at after the step
     */
    record Form(int rows, int width, AdapterRuns adapters, boolean keepsLogits) {}

    DecodingStep(Decoder decoder, KeyValueCache cache, SamplingState state, Form form) {
        this.decoder = decoder;
        this.cache = cache;
        this.state = state;
        this.form = form;
        int rows = form.rows();
        slotsThere = filled(rows, NO_SLOT);
        tableThere = new int[Math.multiplyExact(rows, form.width())];
        spans = filled(rows, 1);
        scope = new Scope("decoding step", decoder.backend());
        slots = scope.ids("slots", slotsThere);
        segments = SegmentBounds.ofQueries(filled(rows, 1), filled(rows, 1))
                .on(scope, tableThere, form.width(), cache.size(), KeyValueCache.BLOCK_TOKENS);
        ids = scope.allocate("ids", DType.I32, rows);
        positions = scope.allocate("positions", DType.I32, rows);
        places = scope.allocate("places", DType.I32, rows);
        chosen = scope.allocate("chosen", DType.I32, rows);
        logits = form.keepsLogits()
                ? scope.f32("logits of all rows", rows, decoder.config().vocabSize())
                : null;
    }

    private static int[] filled(int count, int value) {
        int[] values = new int[count];
        Arrays.fill(values, value);
        return values;
    }

    /** Makes the step for these sequences, at most as many as it has rows; to be followed by {@link Sequence#ask} of each. */
    void run(List<Sequence> rows) {
        place(rows);
        if (decoder.hasCommonAngles(spans)) {
            if (captured == null) {
                captured = decoder.backend().repeated(this::giveOperators);
            }
            captured.run();
        } else {
            // Angles that depend on the length are uploaded anew for each token.
            try (RepeatedStep once = decoder.backend().repeated(this::giveOperators)) {
                once.run();
            }
        }
    }

    private void place(List<Sequence> rows) {
        int[] slot = filled(form.rows(), NO_SLOT);
        Arrays.fill(spans, 1);
        for (int row = 0; row < rows.size(); row++) {
            slot[row] = rows.get(row).slot();
            spans[row] = rows.get(row).askedLength();
        }
        upload(slot, slotsThere, slots);
        List<CachedSequence> cached = rows.stream().map(Sequence::cached).toList();
        int[] table = Arrays.copyOf(cache.table(cached, form.width()), tableThere.length);
        upload(table, tableThere, segments.blockTable());
    }

    private void upload(int[] values, int[] there, Tensor to) {
        if (!Arrays.equals(values, there)) {
            scope.backend().upload(MemorySegment.ofArray(values), to);
            System.arraycopy(values, 0, there, 0, there.length);
        }
    }

    private void giveOperators() {
        Backend backend = scope.backend();
        try (Scope pass = new Scope("pass", backend)) {
            backend.run(new Op.LastTokens(
                    state.history(),
                    slots,
                    segments.blockTable(),
                    KeyValueCache.BLOCK_TOKENS,
                    ids,
                    positions,
                    segments.keyLength(),
                    places));
            TokenBatch batch = new TokenBatch(
                    ids, decoder.angles(pass, positions, spans), segments, cache, places, form.adapters(), null, 0);
            Tensor hidden = decoder.forward(new Ops(pass, null), batch);
            Tensor rows = decoder.logits(pass, hidden, form.adapters());
            if (logits != null) {
                backend.run(new Op.Copy(rows, logits));
            }
            backend.run(new Op.SampleTokens(rows, slots, state.history(), state.rules(), chosen));
        }
    }

    /** F32 [rows, V], of the last {@link #run}; null unless they are kept. */
    Tensor logits() {
        return logits;
    }

    /** The first tokens that the last {@link #run} chose: I32 [count]. */
    Tensor chosen(int count) {
        return chosen.window("chosen", DType.I32, 0, count);
    }

    @Override
    public void close() {
        if (captured != null) {
            captured.close();
        }
        scope.close();
    }
}
