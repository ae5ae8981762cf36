package dev.errata.model.generate;

import dev.errata.model.cache.CachedSequence;
import dev.errata.model.cache.KeyValueCache;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.TokenBatch;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.autograd.Ops;
import dev.errata.tensor.sampling.SamplingState;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Reads parts of prompts, packed, into the cache, and chooses a token after those that end there. */
final class PromptStep {
    private final List<PromptPart> parts;
    private final List<PromptReader> ended;
    private final List<Sequence> chosen = new ArrayList<>();

    PromptStep(List<PromptPart> parts) {
        this.parts = parts;
        ended = parts.stream()
                .filter(PromptPart::endsPrompt)
                .map(PromptPart::reader)
                .toList();
        ended.forEach(reader -> chosen.addAll(reader.all()));
    }

    /** The prompts that end here. */
    List<PromptReader> ended() {
        return ended;
    }

    /** Who gets a token: those whose prompts end here. */
    List<Sequence> chosen() {
        return chosen;
    }

    /**
     * Gives the operators to the backend.
     *
     * @param step holds the activations
     * @return I32, a token for each of {@link #chosen}; null where there is none
     */
    Tensor run(Decoder decoder, KeyValueCache cache, SamplingState state, Scope step) {
        Tensor hidden = decoder.forward(new Ops(step, null), batch(decoder, cache, step));
        if (chosen.isEmpty()) {
            return null;
        }
        int[] last = new int[chosen.size()];
        int row = 0;
        int end = 0;
        for (PromptPart part : parts) {
            end += part.count();
            if (part.endsPrompt()) {
                int rows = part.reader().all().size();
                Arrays.fill(last, row, row + rows, end - 1);
                row += rows;
            }
        }
        Tensor ends = new Ops(step, null).gatherRows(hidden, step.ids("last tokens of prompts", last));
        Tensor slots =
                step.ids("slots", chosen.stream().mapToInt(Sequence::slot).toArray());
        Tensor tokens = step.allocate("chosen tokens", DType.I32, last.length);
        step.backend()
                .run(new Op.SampleTokens(decoder.logits(step, ends), slots, state.history(), state.rules(), tokens));
        return tokens;
    }

    private TokenBatch batch(Decoder decoder, KeyValueCache cache, Scope step) {
        int total = parts.stream().mapToInt(PromptPart::count).sum();
        int[] ids = new int[total];
        int[] positions = new int[total];
        int[] places = new int[total];
        int at = 0;
        for (PromptPart part : parts) {
            for (int position = part.from(); position < part.end(); position++) {
                ids[at] = part.sequence().promptIds()[position];
                positions[at] = position;
                places[at++] = cache.slot(part.sequence().cached(), position);
            }
        }
        int[] counts = parts.stream().mapToInt(PromptPart::count).toArray();
        int[] ends = parts.stream().mapToInt(PromptPart::end).toArray();
        int[] spans =
                parts.stream().mapToInt(part -> part.sequence().promptLength()).toArray();
        List<CachedSequence> cached =
                parts.stream().map(part -> part.sequence().cached()).toList();
        int width = KeyValueCache.blocks(Arrays.stream(ends).max().orElse(0));
        return new TokenBatch(
                step.ids("ids", ids),
                decoder.angles(step, positions, counts, spans),
                SegmentBounds.ofQueries(counts, ends)
                        .on(step, cache.table(cached, width), width, cache.size(), KeyValueCache.BLOCK_TOKENS),
                cache,
                step.ids("places", places),
                null,
                false);
    }
}
