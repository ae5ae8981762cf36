package dev.errata.model.generate;

import dev.errata.model.cache.CachedSequence;
import dev.errata.model.cache.KeyValueCache;
import dev.errata.model.cache.SharedPrefix;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.TokenBatch;
import dev.errata.tensor.Op;
import dev.errata.tensor.RunFailedException;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.autograd.Ops;
import dev.errata.tensor.sampling.SampleRequest;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes batches of sequences. Prompts are read packed, a bounded number of tokens at a time; then every step gives each
 * unfinished sequence one token. Only the sampled ids cross to the host.
 */
public final class Generator {
    /** Prompt tokens that are read at a time; bounds the activations. */
    private static final int PREFILL_TOKENS = 2048;

    private final Decoder decoder;

    public Generator(Decoder decoder) {
        this.decoder = decoder;
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

    /** The same, with somebody who is told of each token. */
    public List<Generated> generate(
            List<PromptTokens> prompts, GenerationSettings settings, List<StopRule> rules, Listener listener) {
        List<Sequence> sequences = new ArrayList<>();
        int longest = 0;
        for (int slot = 0; slot < prompts.size(); slot++) {
            sequences.add(new Sequence(slot, prompts.get(slot), settings, rules.get(slot)));
            longest = Math.max(longest, prompts.get(slot).ids().length + settings.maxNewTokens());
        }
        decoder.requirePositions(longest);
        List<Sequence> live = new ArrayList<>(sequences);
        live.removeIf(Sequence::isFinished);
        int blocks = live.stream()
                .mapToInt(sequence -> KeyValueCache.blocks(sequence.ids.length))
                .reduce(0, Math::addExact);
        try (KeyValueCache cache =
                new KeyValueCache(decoder.backend(), decoder.config(), decoder.keyValueType(), blocks)) {
            int width = KeyValueCache.blocks(longest);
            List<Sequence> readers = readers(live, cache);
            for (int from = 0; from < readers.size(); ) {
                int to = from + 1;
                int tokens = readers.get(from).unread();
                while (to < readers.size() && tokens + readers.get(to).unread() <= PREFILL_TOKENS) {
                    tokens += readers.get(to++).unread();
                }
                advance(readers.subList(from, to), cache, width, settings, listener);
                from = to;
            }
            live.removeIf(Sequence::isFinished);
            while (!live.isEmpty()) {
                advance(live, cache, width, settings, listener);
                live.removeIf(Sequence::isFinished);
            }
        }
        return sequences.stream().map(Sequence::result).toList();
    }

    /** The sequences that read their prompts; those with the same prompt follow one of them, others begin where it does. */
    private List<Sequence> readers(List<Sequence> live, KeyValueCache cache) {
        List<SharedPrefix> prefixes = SharedPrefix.of(
                live.stream().map(sequence -> sequence.prompt.ids()).toList(),
                decoder.config().rope().commonLength());
        List<Sequence> readers = new ArrayList<>();
        for (int i = 0; i < live.size(); i++) {
            Sequence sequence = live.get(i);
            SharedPrefix prefix = prefixes.get(i);
            if (prefix.isWhole(sequence.prompt.ids())) {
                live.get(prefix.source()).followers.add(sequence);
                continue;
            }
            sequence.cached =
                    prefix.source() < 0 ? cache.open() : cache.share(live.get(prefix.source()).cached, prefix.tokens());
            sequence.read = prefix.tokens();
            cache.extend(sequence.cached, sequence.length);
            readers.add(sequence);
        }
        return readers;
    }

    /** Reads the tokens that each sequence has not yet read, and appends the next one, to those that follow it too. */
    private void advance(
            List<Sequence> sequences, KeyValueCache cache, int width, GenerationSettings settings, Listener listener) {
        int total = sequences.stream().mapToInt(Sequence::unread).sum();
        int count = sequences.size();
        int[] ids = new int[total];
        int[] positions = new int[total];
        int[] slots = new int[total];
        int[] queryLength = new int[count];
        int[] keyLength = new int[count];
        List<Sequence> growing = new ArrayList<>();
        List<Integer> last = new ArrayList<>();
        List<SampleRequest> requests = new ArrayList<>();
        int at = 0;
        for (int s = 0; s < count; s++) {
            Sequence sequence = sequences.get(s);
            cache.extend(sequence.cached, sequence.length);
            queryLength[s] = sequence.unread();
            for (int i = sequence.read; i < sequence.length; i++) {
                ids[at] = sequence.ids[i];
                positions[at] = i;
                slots[at++] = cache.slot(sequence.cached, i);
            }
            sequence.read = sequence.length;
            keyLength[s] = sequence.length;
            growing.add(sequence);
            growing.addAll(sequence.followers);
            while (last.size() < growing.size()) {
                last.add(at - 1);
            }
        }
        for (Sequence sequence : growing) {
            requests.add(new SampleRequest(
                    settings.sampler(),
                    settings.sampler().needsHistory() ? sequence.history() : new int[0],
                    settings.forbidden(),
                    settings.seed(),
                    sequence.prompt.stream(),
                    sequence.newTokens()));
        }
        try (Scope step = new Scope("token", decoder.backend())) {
            TokenBatch batch = new TokenBatch(
                    step.ids("ids", ids),
                    decoder.angles(step, positions, queryLength, keyLength),
                    cache.segments(
                            step,
                            sequences.stream().map(sequence -> sequence.cached).toList(),
                            queryLength,
                            width),
                    cache,
                    step.ids("slots", slots),
                    null,
                    false);
            Ops ops = new Ops(step, null);
            Tensor hidden = decoder.forward(ops, batch);
            int rows = growing.size();
            Tensor ends = total == rows
                    ? hidden
                    : ops.gatherRows(
                            hidden,
                            step.ids(
                                    "last",
                                    last.stream().mapToInt(Integer::intValue).toArray()));
            Tensor logits = decoder.logits(step, ends);
            Tensor chosen = step.ids("chosen", new int[rows]);
            decoder.backend().run(new Op.SampleTokens(logits, requests, chosen));
            int[] next = new int[rows];
            decoder.backend().download(chosen, MemorySegment.ofArray(next));
            for (Sequence sequence : sequences) {
                sequence.followers.forEach(follower -> follower.follow(sequence, cache));
                sequence.followers.clear();
            }
            for (int s = 0; s < rows; s++) {
                Sequence sequence = growing.get(s);
                requireToken(next[s], sequence);
                sequence.append(next[s]);
                listener.written(sequence.slot, next[s]);
                if (sequence.isFinished()) {
                    cache.release(sequence.cached);
                }
            }
        }
    }

    private static void requireToken(int id, Sequence sequence) {
        if (id == Op.SampleTokens.NO_TOKEN) {
            throw new RunFailedException(
                    "the model gives no token to choose: its logits are NaN or infinite, or every token is forbidden",
                    "prompt " + (sequence.slot + 1) + ", new token " + (sequence.newTokens() + 1),
                    "look for NaN in the weights and the adapter, try float32, and check the forbidden tokens");
        }
    }

    /** One sequence of a batch: its tokens, and how many of them the cache holds. */
    private static final class Sequence {
        private final int slot;
        private final PromptTokens prompt;
        private final GenerationSettings settings;
        private final StopRule rule;
        private final int[] ids;
        private int length;
        private int read;
        private CachedSequence cached;
        /** Those with the same prompt, until it is read. */
        private final List<Sequence> followers = new ArrayList<>();

        private Finish finish;

        Sequence(int slot, PromptTokens prompt, GenerationSettings settings, StopRule rule) {
            this.slot = slot;
            this.prompt = prompt;
            this.settings = settings;
            this.rule = rule;
            this.length = prompt.ids().length;
            this.ids = Arrays.copyOf(prompt.ids(), length + settings.maxNewTokens());
            this.finish = settings.maxNewTokens() == 0 ? Finish.LENGTH : null;
        }

        /** Begins with what another one has read. */
        void follow(Sequence reader, KeyValueCache cache) {
            cached = cache.share(reader.cached, length);
            read = length;
        }

        int unread() {
            return length - read;
        }

        int newTokens() {
            return length - prompt.ids().length;
        }

        int[] history() {
            return Arrays.copyOf(ids, length);
        }

        boolean isFinished() {
            return finish != null;
        }

        void append(int id) {
            ids[length++] = id;
            if (settings.stopIds().contains(id) || rule.isDone(newIds(), newTokens())) {
                finish = Finish.STOP;
            } else if (newTokens() == settings.maxNewTokens()) {
                finish = Finish.LENGTH;
            }
        }

        private int[] newIds() {
            return Arrays.copyOfRange(ids, prompt.ids().length, length);
        }

        Generated result() {
            return new Generated(newIds(), finish);
        }
    }
}
