package dev.errata.model.generate;

import dev.errata.model.cache.CachedSequence;
import dev.errata.model.cache.KeyValueCache;
import dev.errata.model.decoder.AdapterRuns;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.RopeAngles;
import dev.errata.model.decoder.TokenBatch;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.autograd.Ops;
import dev.errata.tensor.sampling.SamplingState;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;

/**
 * One pass through the decoder over parts of prompts and the last tokens of sequences that go on, packed, after which each
 * {@linkplain StepRows#writers writer} has its next token. Last tokens are taken where the pass before left them, on the
 * backend. Without parts the pass can be made again and again, with the same operators, until a sequence has no room left in
 * its blocks.
 */
final class ForwardStep implements AutoCloseable {
    private final Decoder decoder;
    private final KeyValueCache cache;
    private final SamplingState state;
    private final StepRows step;
    private final List<Sequence> writers;
    private final int promptTokens;
    private final int blocks;
    private final int[] room;
    private final Scope scope;
    /** Places of all writers in the sampling state, and of the rows among them. */
    private final Tensor slots;

    private final Segments segments;
    private final Tensor ids;
    private final Tensor positions;
    private final Tensor places;
    private final Tensor chosen;

    /** What a pass leaves: hidden states of all tokens, the logits behind which each writer's token was chosen. */
    record Outcome(Tensor hidden, Tensor logits, Tensor chosen) {}

    ForwardStep(Decoder decoder, KeyValueCache cache, SamplingState state, StepRows step) {
        this.decoder = decoder;
        this.cache = cache;
        this.state = state;
        this.step = step;
        writers = step.writers();
        promptTokens = step.promptTokens();
        blocks = cache.size();
        room = room(step.rows());
        int rows = step.rows().size();
        scope = new Scope("step", decoder.backend());
        slots = scope.ids("slots", writers.stream().mapToInt(Sequence::slot).toArray());
        segments = segments();
        ids = scope.allocate("ids", DType.I32, promptTokens + rows);
        positions = scope.allocate("positions", DType.I32, rows);
        places = scope.allocate("places", DType.I32, promptTokens + rows);
        chosen = scope.allocate("chosen", DType.I32, writers.size());
        uploadParts();
    }

    StepRows rows() {
        return step;
    }

    /** Whether another pass finds the cache as it was, with room for the last token of every row. */
    boolean canRepeat() {
        return step.parts().isEmpty() && blocks == cache.size() && Arrays.equals(room, room(step.rows()));
    }

    private static int[] room(List<Sequence> rows) {
        return rows.stream().mapToInt(row -> row.cached().length()).toArray();
    }

    private Segments segments() {
        int parts = step.parts().size();
        int rows = step.rows().size();
        List<CachedSequence> cached = new ArrayList<>();
        int[] queryLength = new int[parts + rows];
        int[] keyLength = new int[parts + rows];
        for (int p = 0; p < parts; p++) {
            PromptPart part = step.parts().get(p);
            cached.add(part.sequence().cached());
            queryLength[p] = part.count();
            keyLength[p] = part.end();
        }
        for (int row = 0; row < rows; row++) {
            Sequence sequence = step.rows().get(row);
            cached.add(sequence.cached());
            queryLength[parts + row] = 1;
            keyLength[parts + row] = room[row];
        }
        int width = cache.width(cached);
        return SegmentBounds.ofQueries(queryLength, keyLength)
                .on(scope, cache.table(cached, width), width, blocks, KeyValueCache.BLOCK_TOKENS);
    }

    private void uploadParts() {
        if (promptTokens == 0) {
            return;
        }
        int[] partIds = new int[promptTokens];
        int[] partPlaces = new int[promptTokens];
        int at = 0;
        for (PromptPart part : step.parts()) {
            Sequence sequence = part.sequence();
            for (int position = part.from(); position < part.end(); position++) {
                partIds[at] = sequence.ids()[position];
                partPlaces[at++] = cache.slot(sequence.cached(), position);
            }
        }
        scope.backend().upload(MemorySegment.ofArray(partIds), part(ids, 0, promptTokens));
        scope.backend().upload(MemorySegment.ofArray(partPlaces), part(places, 0, promptTokens));
    }

    private static Tensor part(Tensor whole, int from, int count) {
        return whole.window(whole.name(), DType.I32, (long) from * Integer.BYTES, count);
    }

    /**
     * Makes the pass; to be followed by {@link Sequence#ask} of each writer.
     *
     * @param pass holds the activations
     * @return logits and chosen tokens are null where nobody gets one
     */
    Outcome run(Scope pass) {
        int rows = step.rows().size();
        if (rows > 0) {
            int parts = step.parts().size();
            pass.backend()
                    .run(new Op.LastTokens(
                            state.history(),
                            part(slots, writers.size() - rows, rows),
                            segments.blockTable().rowRange(parts, rows),
                            KeyValueCache.BLOCK_TOKENS,
                            part(ids, promptTokens, rows),
                            positions,
                            part(segments.keyLength(), parts, rows),
                            part(places, promptTokens, rows)));
        }
        TokenBatch batch = new TokenBatch(ids, angles(pass), segments, cache, places, adapters(), null, 0);
        Ops ops = new Ops(pass, null);
        Tensor hidden = decoder.forward(ops, batch);
        if (writers.isEmpty()) {
            return new Outcome(hidden, null, null);
        }
        Tensor ends = promptTokens == 0 ? hidden : ops.gatherRows(hidden, pass.ids("last", ends()));
        return new Outcome(hidden, decoder.logits(pass, ends, adaptersOfWriters()), chosen);
    }

    private AdapterRuns adapters() {
        List<String> names = new ArrayList<>();
        List<Integer> counts = new ArrayList<>();
        for (PromptPart part : step.parts()) {
            names.add(part.sequence().request().adapter());
            counts.add(part.count());
        }
        for (Sequence row : step.rows()) {
            names.add(row.request().adapter());
            counts.add(1);
        }
        return AdapterRuns.of(names, counts);
    }

    private AdapterRuns adaptersOfWriters() {
        List<String> names = new ArrayList<>();
        writers.forEach(writer -> names.add(writer.request().adapter()));
        return AdapterRuns.of(names, Collections.nCopies(names.size(), 1));
    }

    /** Chooses each writer's token from its row of logits. */
    void choose(Outcome outcome) {
        scope.backend().run(new Op.SampleTokens(outcome.logits(), slots, state.history(), state.rules(), chosen));
    }

    private RopeAngles angles(Scope pass) {
        int rows = step.rows().size();
        int[] lengths = step.rows().stream().mapToInt(Sequence::askedLength).toArray();
        if (promptTokens == 0) {
            return decoder.angles(pass, positions, lengths);
        }
        int[] at = new int[promptTokens + rows];
        SpanRuns spans = new SpanRuns();
        int token = 0;
        for (PromptPart part : step.parts()) {
            int prompt = part.sequence().promptLength();
            for (int position = part.from(); position < part.end(); position++) {
                at[token++] = position;
                // A token that was written before stands where it stood then: at the end.
                spans.add(position < prompt ? prompt : position + 1);
            }
        }
        for (int length : lengths) {
            at[token++] = length - 1;
            spans.add(length);
        }
        return decoder.angles(pass, at, spans.counts(), spans.spans());
    }

    /** The row of hidden states behind which each writer's token comes. */
    private int[] ends() {
        int[] ends = new int[writers.size()];
        int end = 0;
        int writer = 0;
        for (PromptPart part : step.parts()) {
            end += part.count();
            for (int i = part.writers().size(); i > 0; i--) {
                ends[writer++] = end - 1;
            }
        }
        while (writer < ends.length) {
            ends[writer++] = end++;
        }
        return ends;
    }

    @Override
    public void close() {
        scope.close();
    }
}
