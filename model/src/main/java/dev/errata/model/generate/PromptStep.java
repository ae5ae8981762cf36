package dev.errata.model.generate;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.KeyValueCache;
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
     * @return I32, the first token of each prompt that ends, in the order of the parts; null where none does
     */
    static Tensor run(Decoder decoder, KeyValueCache cache, SamplingState state, List<PromptPart> parts, Scope step) {
        int total = parts.stream().mapToInt(PromptPart::count).sum();
        int count = parts.size();
        int[] ids = new int[total];
        int[] positions = new int[total];
        int[] cacheRows = new int[total];
        int[] queryStart = new int[count];
        int[] queryLength = new int[count];
        int[] keyStart = new int[count];
        int[] keyLength = new int[count];
        int[] spans = new int[count];
        int at = 0;
        for (int p = 0; p < count; p++) {
            PromptPart part = parts.get(p);
            Sequence sequence = part.sequence();
            queryStart[p] = at;
            queryLength[p] = part.count();
            keyStart[p] = cache.firstRow(sequence.slot());
            keyLength[p] = part.end();
            spans[p] = sequence.promptLength();
            for (int position = part.from(); position < part.end(); position++) {
                ids[at] = sequence.promptId(position);
                positions[at] = position;
                cacheRows[at++] = keyStart[p] + position;
            }
        }
        TokenBatch batch = new TokenBatch(
                step.ids("ids", ids),
                decoder.angles(step, positions, queryLength, spans),
                new SegmentBounds(queryStart, queryLength, keyStart, keyLength).on(step),
                cache,
                step.ids("cache rows", cacheRows),
                null,
                false);
        Ops ops = new Ops(step, null);
        Tensor hidden = decoder.forward(ops, batch);
        List<PromptPart> ended = parts.stream().filter(PromptPart::endsPrompt).toList();
        if (ended.isEmpty()) {
            return null;
        }
        int[] last = new int[ended.size()];
        int[] slots = new int[ended.size()];
        int end = 0;
        int row = 0;
        for (PromptPart part : parts) {
            end += part.count();
            if (part.endsPrompt()) {
                last[row] = end - 1;
                slots[row++] = part.sequence().slot();
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
