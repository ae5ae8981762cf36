package dev.errata.model.generate;

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
import java.util.List;

/** Reads parts of prompts, packed, into the cache, and chooses a token after those that end there. */
final class PromptStep {
    private PromptStep() {}

    /**
     * @param step holds the activations
     * @param width blocks of the longest sequence
     * @return I32, the first token of each {@linkplain PromptPart#writers writer}, in the order of the parts; null where
     *     there is none
     */
    static Tensor run(
            Decoder decoder, KeyValueCache cache, SamplingState state, List<PromptPart> parts, int width, Scope step) {
        int total = parts.stream().mapToInt(PromptPart::count).sum();
        int count = parts.size();
        int[] ids = new int[total];
        int[] positions = new int[total];
        int[] places = new int[total];
        int[] queryLength = new int[count];
        int[] keyLength = new int[count];
        int[] spans = new int[count];
        int at = 0;
        for (int p = 0; p < count; p++) {
            PromptPart part = parts.get(p);
            Sequence sequence = part.sequence();
            queryLength[p] = part.count();
            keyLength[p] = part.end();
            spans[p] = sequence.promptLength();
            for (int position = part.from(); position < part.end(); position++) {
                ids[at] = sequence.promptId(position);
                positions[at] = position;
                places[at++] = cache.slot(sequence.cached(), position);
            }
        }
        TokenBatch batch = new TokenBatch(
                step.ids("ids", ids),
                decoder.angles(step, positions, queryLength, spans),
                SegmentBounds.ofQueries(queryLength, keyLength)
                        .on(
                                step,
                                cache.table(
                                        parts.stream()
                                                .map(part -> part.sequence().cached())
                                                .toList(),
                                        width),
                                width,
                                cache.size(),
                                KeyValueCache.BLOCK_TOKENS),
                cache,
                step.ids("places", places),
                null,
                false);
        Ops ops = new Ops(step, null);
        Tensor hidden = decoder.forward(ops, batch);
        int writers = parts.stream().mapToInt(part -> part.writers().size()).sum();
        if (writers == 0) {
            return null;
        }
        int[] last = new int[writers];
        int[] slots = new int[writers];
        int end = 0;
        int row = 0;
        for (PromptPart part : parts) {
            end += part.count();
            for (Sequence writer : part.writers()) {
                last[row] = end - 1;
                slots[row++] = writer.slot();
            }
        }
        Tensor ends = ops.gatherRows(hidden, step.ids("last", last));
        Tensor chosen = step.allocate("chosen", DType.I32, last.length);
        step.backend()
                .run(new Op.SampleTokens(
                        decoder.logits(step, ends), step.ids("slots", slots), state.history(), state.rules(), chosen));
        return chosen;
    }
}
