package dev.errata.model.generate;

import dev.errata.model.cache.KeyValueCache;
import dev.errata.model.cache.SharedPrefix;
import java.util.ArrayList;
import java.util.List;

/**
 * A prompt that is read for its sequence and for those with the same prompt.
 *
 * @param from tokens that are not read, since an earlier prompt begins with them
 * @param followers other sequences with the same prompt
 */
record PromptReader(Sequence sequence, int from, List<Sequence> followers) {
    /**
     * The prompts of a batch that have to be read, with room in the cache.
     *
     * @param commonLength as in {@link SharedPrefix#of}
     */
    static List<PromptReader> of(List<Sequence> sequences, KeyValueCache cache, int commonLength) {
        List<SharedPrefix> prefixes =
                SharedPrefix.of(sequences.stream().map(Sequence::promptIds).toList(), commonLength);
        List<PromptReader> readers = new ArrayList<>();
        List<PromptReader> readerOf = new ArrayList<>();
        for (int i = 0; i < sequences.size(); i++) {
            Sequence sequence = sequences.get(i);
            SharedPrefix prefix = prefixes.get(i);
            if (prefix.isWhole(sequence.promptIds())) {
                PromptReader reader = readerOf.get(prefix.source());
                reader.followers().add(sequence);
                readerOf.add(reader);
                continue;
            }
            sequence.cached(
                    prefix.source() < 0
                            ? cache.open()
                            : cache.share(
                                    readerOf.get(prefix.source()).sequence().cached(), prefix.tokens()));
            cache.extend(sequence.cached(), sequence.promptLength());
            PromptReader reader = new PromptReader(sequence, prefix.tokens(), new ArrayList<>());
            readers.add(reader);
            readerOf.add(reader);
        }
        return readers;
    }

    /** All that get a token after this prompt. */
    List<Sequence> all() {
        List<Sequence> all = new ArrayList<>(List.of(sequence));
        all.addAll(followers);
        return all;
    }

    /** Gives the followers what has been read, once the operators that write it were given. */
    void share(KeyValueCache cache) {
        followers.forEach(follower -> follower.cached(cache.share(sequence.cached(), sequence.promptLength())));
    }
}
