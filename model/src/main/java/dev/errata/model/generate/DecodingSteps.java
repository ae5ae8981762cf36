package dev.errata.model.generate;

import dev.errata.model.cache.KeyValueCache;
import dev.errata.model.decoder.AdapterRuns;
import dev.errata.model.decoder.Decoder;
import dev.errata.tensor.sampling.SamplingState;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The {@link DecodingStep}s of an engine. Numbers of rows and of blocks are rounded up to powers of two, so that few steps serve
 * all batches, and what a backend captured is replayed; of those made the ones used last are kept. What all of them read, as the
 * cache's tensors, may be replaced when it grows; then all are made anew.
 */
final class DecodingSteps implements AutoCloseable {
    /** Each keeps its activations. Batches that shrink at their end go through the sizes one after another. */
    private static final int MOST = 8;

    /** Rows beyond are rounded up to a multiple: each costs its part of the arithmetic. */
    private static final int LARGEST_POWER = 256;

    private static final int LEAST_BLOCKS = 4;

    private final Decoder decoder;
    private final KeyValueCache cache;
    private final Map<DecodingStep.Form, DecodingStep> steps = new LinkedHashMap<>(16, 0.75f, true);
    private Ground ground;

    /** What the operators of all steps read. */
    private record Ground(SamplingState state, int blocks, int positions) {}

    DecodingSteps(Decoder decoder, KeyValueCache cache) {
        this.decoder = decoder;
        this.cache = cache;
    }

    /**
     * The step for these sequences.
     *
     * @param rows those of one adapter beside each other
     */
    DecodingStep of(List<Sequence> rows, SamplingState state) {
        Ground now = new Ground(state, cache.size(), decoder.knownPositions());
        if (!now.equals(ground)) {
            close();
            ground = now;
        }
        DecodingStep.Form form = form(rows);
        DecodingStep step = steps.get(form);
        if (step == null) {
            if (steps.size() == MOST) {
                steps.remove(steps.keySet().iterator().next()).close();
            }
            step = new DecodingStep(decoder, cache, state, form);
            steps.put(form, step);
        }
        return step;
    }

    private DecodingStep.Form form(List<Sequence> rows) {
        int size = paddedRows(rows.size());
        int width = powerOfTwo(Math.max(
                LEAST_BLOCKS, cache.width(rows.stream().map(Sequence::cached).toList())));
        List<String> adapters = new ArrayList<>();
        rows.forEach(row -> adapters.add(row.request().adapter()));
        adapters.addAll(Collections.nCopies(size - rows.size(), adapters.getLast()));
        boolean keepsLogits =
                rows.stream().anyMatch(row -> row.request().wanted().ofNewTokens());
        AdapterRuns runs = AdapterRuns.of(adapters, Collections.nCopies(size, 1));
        return new DecodingStep.Form(size, width, runs, keepsLogits);
    }

    private static int paddedRows(int rows) {
        return rows <= LARGEST_POWER ? powerOfTwo(rows) : Math.ceilDiv(rows, LARGEST_POWER) * LARGEST_POWER;
    }

    /** The least power of two that isn't smaller. */
    private static int powerOfTwo(int least) {
        return least <= 1 ? 1 : Integer.highestOneBit(least - 1) * 2;
    }

    @Override
    public void close() {
        steps.values().forEach(DecodingStep::close);
        steps.clear();
    }
}
