package dev.errata.model.generate;

import dev.errata.model.decoder.Decoder;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes batches of sequences. Prompts are read packed, a bounded number of tokens at a time; then every step gives each
 * unfinished sequence one token. Only the chosen ids cross to the host.
 */
public final class Generator {
    /** Prompt tokens that are read at a time; bounds the activations. */
    private static final int PREFILL_TOKENS = 2048;

    private final Decoder decoder;
    private final int prefillTokens;

    public Generator(Decoder decoder) {
        this(decoder, PREFILL_TOKENS);
    }

    /**
     * @param prefillTokens prompt tokens that are read at a time
     */
    Generator(Decoder decoder, int prefillTokens) {
        this.decoder = decoder;
        this.prefillTokens = prefillTokens;
    }

    /** Decides from the new tokens of a sequence whether its text is done. */
    @FunctionalInterface
    public interface StopRule {
        boolean isDone(int[] newIds, int count);
    }

    /** Told each new token as it is written, with the place of its prompt in the batch. */
    @FunctionalInterface
    public interface Listener {
        void written(int prompt, int id);
    }

    /**
     * Writes after each prompt.
     *
     * @param rules for each prompt what ends its text apart from the settings' ids
     */
    public List<Generated> generate(List<PromptTokens> prompts, GenerationSettings settings, List<StopRule> rules) {
        return generate(prompts, settings, rules, (prompt, id) -> {});
    }

    /**
     * The same, with somebody who is told of each token.
     *
     * @throws dev.errata.tensor.RunFailedException if the model leaves no token to choose
     */
    public List<Generated> generate(
            List<PromptTokens> prompts, GenerationSettings settings, List<StopRule> rules, Listener listener) {
        List<Sequence> sequences = new ArrayList<>();
        int longest = 0;
        for (int row = 0; row < prompts.size(); row++) {
            sequences.add(new Sequence(row, prompts.get(row), settings, rules.get(row)));
            longest = Math.max(longest, prompts.get(row).ids().length + settings.maxNewTokens());
        }
        decoder.requirePositions(longest);
        if (sequences.stream().anyMatch(Sequence::canGrow)) {
            try (Batch batch = new Batch(decoder, sequences, longest, listener)) {
                batch.read(prefillTokens);
                batch.write();
            }
        }
        return sequences.stream().map(Sequence::result).toList();
    }
}
