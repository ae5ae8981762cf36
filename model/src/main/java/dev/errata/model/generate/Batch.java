package dev.errata.model.generate;

import dev.errata.model.cache.KeyValueCache;
import dev.errata.model.cache.SharedPrefix;
import dev.errata.model.decoder.Decoder;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Download;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.sampling.SamplingState;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * Sequences that are written together. Tokens go from one step to the next on the backend; the host looks at those of a
 * step to tell them on and to see which sequences have ended. Where the backend is asynchronous the host looks a step
 * late, while the next one runs: what that one writes after an end is thrown away. Where it isn't, looking late would hide
 * nothing.
 */
final class Batch implements AutoCloseable {
    private final Backend backend;
    private final Decoder decoder;
    private final List<Sequence> sequences;
    private final Generator.Listener listener;
    private final int stepsAhead;
    private final int width;
    private final Scope scope;
    private final KeyValueCache cache;
    private final SamplingState state;
    private final Deque<Asked> asked = new ArrayDeque<>();

    /** Tokens of a step on their way to the host. */
    private record Asked(List<Sequence> rows, int[] ids, Download download) {}

    /**
     * @param sequences all that aren't finished get tokens
     * @param capacity positions of the longest
     */
    Batch(Decoder decoder, List<Sequence> sequences, int capacity, Generator.Listener listener) {
        this.decoder = decoder;
        this.sequences = sequences;
        this.listener = listener;
        backend = decoder.backend();
        stepsAhead = backend.isAsynchronous() ? 1 : 0;
        width = KeyValueCache.blocks(capacity);
        int blocks = sequences.stream()
                .filter(Sequence::canGrow)
                .mapToInt(sequence -> KeyValueCache.blocks(sequence.mostTokens()))
                .reduce(0, Math::addExact);
        cache = new KeyValueCache(backend, decoder.config(), decoder.keyValueType(), blocks);
        scope = new Scope("generation", backend);
        try {
            int longestPrompt =
                    sequences.stream().mapToInt(Sequence::promptLength).max().orElse(0);
            state = SamplingState.of(
                    scope, sequences.stream().map(Sequence::request).toList(), capacity - longestPrompt);
        } catch (RuntimeException e) {
            cache.close();
            scope.close();
            throw e;
        }
    }

    /** Reads all prompts, so many tokens at a time, and writes a first token after each. */
    void read(int prefillTokens) {
        for (List<PromptPart> chunk : PromptPart.chunks(readers(), prefillTokens)) {
            try (Scope step = new Scope("prompt", backend)) {
                Tensor chosen = PromptStep.run(decoder, cache, state, chunk, width, step);
                List<Sequence> writers = new ArrayList<>();
                for (PromptPart part : chunk) {
                    writers.addAll(part.writers());
                    if (part.endsPrompt()) {
                        follow(part.sequence());
                    }
                }
                if (!writers.isEmpty()) {
                    ask(writers, chosen);
                }
            }
        }
    }

    /** The sequences that read their prompts; those with the same prompt follow one of them, others begin where it does. */
    private List<Sequence> readers() {
        List<Sequence> growing = growing();
        List<SharedPrefix> prefixes = SharedPrefix.of(
                growing.stream().map(Sequence::prompt).toList(),
                decoder.config().rope().commonLength());
        List<Sequence> readers = new ArrayList<>();
        for (int i = 0; i < growing.size(); i++) {
            Sequence sequence = growing.get(i);
            SharedPrefix prefix = prefixes.get(i);
            if (prefix.isWhole(sequence.prompt())) {
                growing.get(prefix.source()).addFollower(sequence);
                continue;
            }
            sequence.begin(
                    prefix.source() < 0
                            ? cache.open()
                            : cache.share(growing.get(prefix.source()).cached(), prefix.tokens()),
                    prefix.tokens());
            cache.extend(sequence.cached(), sequence.promptLength());
            readers.add(sequence);
        }
        return readers;
    }

    private void follow(Sequence reader) {
        for (Sequence follower : reader.followers()) {
            follower.begin(cache.share(reader.cached(), reader.promptLength()), reader.promptLength());
        }
    }

    /** Writes one token after another until all sequences have ended. */
    void write() {
        List<Sequence> rows = growing();
        while (!rows.isEmpty()) {
            try (DecodeStep step = new DecodeStep(decoder, cache, state, rows, width)) {
                List<Sequence> next = rows;
                while (next.equals(rows) && step.hasRoom()) {
                    ask(rows, step.run());
                    next = growing();
                }
                rows = next;
            }
        }
        settle(0);
    }

    private List<Sequence> growing() {
        return sequences.stream().filter(Sequence::canGrow).toList();
    }

    private void ask(List<Sequence> rows, Tensor chosen) {
        int[] ids = new int[rows.size()];
        asked.add(new Asked(rows, ids, backend.beginDownload(chosen, MemorySegment.ofArray(ids))));
        rows.forEach(Sequence::ask);
        settle(stepsAhead);
    }

    /** Looks at what was asked for, but for the last steps. */
    private void settle(int steps) {
        while (asked.size() > steps) {
            try (Download download = asked.element().download()) {
                Asked step = asked.remove();
                download.await();
                for (int row = 0; row < step.ids().length; row++) {
                    Sequence sequence = step.rows().get(row);
                    if (!sequence.isFinished()) {
                        sequence.append(step.ids()[row]);
                        listener.written(sequence.slot(), step.ids()[row]);
                        if (sequence.isFinished()) {
                            cache.release(sequence.cached());
                        }
                    }
                }
            }
        }
    }

    @Override
    public void close() {
        asked.forEach(step -> step.download().close());
        cache.close();
        scope.close();
    }
}
