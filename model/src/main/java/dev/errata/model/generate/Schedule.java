package dev.errata.model.generate;

import dev.errata.model.cache.CachedSequence;
import dev.errata.model.cache.KeyValueCache;
import dev.errata.model.decoder.Decoder;
import dev.errata.tensor.sampling.SamplingSlots;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Deque;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Set;

/**
 * Who reads and who writes in each step. Sequences wait in the order in which they came. One at a time reads what it has, the
 * next once that is done, so whatever a prompt shares with an earlier one has been read, or is read in the same step, before
 * it is needed. Whoever writes has its room in the cache before others begin; where there is too little, the one that began
 * last gives its blocks back and waits again, in front, with the tokens that it has.
 */
final class Schedule implements AutoCloseable {
    /**
     * Tokens of a read prompt that another sample of it reads again, to have the logits behind them. Two, as a backend may
     * compute a single query otherwise than several.
     */
    private static final int READ_AGAIN = 2;

    private static final Comparator<Sequence> BY_ADAPTER = Comparator.comparing(
            sequence -> sequence.request().adapter(), Comparator.nullsFirst(Comparator.naturalOrder()));

    private final EngineLimits limits;
    private final KeyValueCache cache;
    private final SamplingSlots slots;
    private final boolean readsAsItWrites;
    /** Keys of longer sequences depend on the length, so that they are nobody else's. */
    private final int commonLength;

    private final PriorityQueue<Integer> freeSlots = new PriorityQueue<>();
    private final Deque<Sequence> waiting = new ArrayDeque<>();
    /** Those that have a slot, in the order in which they got it. */
    private final List<Sequence> running = new ArrayList<>();

    private final Set<RunningRequest> holders = new LinkedHashSet<>();
    private Sequence reading;
    private long sharedTokens;
    private long putBack;

    Schedule(Decoder decoder, EngineLimits limits, int mostBlocks) {
        this.limits = limits;
        this.cache = new KeyValueCache(decoder.backend(), decoder.config(), decoder.keyValueType(), mostBlocks);
        this.slots = new SamplingSlots(decoder.backend(), limits.slots());
        this.readsAsItWrites = decoder.backend().readsAsItWrites();
        this.commonLength = decoder.config().rope().commonLength();
        for (int slot = 0; slot < limits.slots(); slot++) {
            freeSlots.add(slot);
        }
    }

    KeyValueCache cache() {
        return cache;
    }

    SamplingSlots slots() {
        return slots;
    }

    void add(RunningRequest request) {
        for (int sample = 0; sample < request.request().samples(); sample++) {
            waiting.add(new Sequence(request, sample, !readsAsItWrites));
        }
    }

    /**
     * What the next step does.
     *
     * @param settle has all tokens come that were asked for; sequences may end by it
     */
    StepRows next(Runnable settle) {
        List<Sequence> rows = growing();
        if (!hasRoom(rows)) {
            settle.run();
            rows = growing();
            while (!hasRoom(rows)) {
                makeRoom();
                rows = growing();
            }
        }
        extend(rows);
        return new StepRows(parts(), rows);
    }

    /**
     * To the end of a block; with blocks to spare, all rows get room for as many tokens as a block has at a time, so that most
     * steps find it as they left it.
     */
    private void extend(List<Sequence> rows) {
        boolean isSpare = cache.available() >= 2 * rows.size() + running.size();
        boolean isFull =
                rows.stream().anyMatch(row -> row.askedLength() > row.cached().length());
        if (isFull) {
            int ahead = isSpare ? KeyValueCache.BLOCK_TOKENS - 1 : 0;
            for (Sequence row : rows) {
                int blocks = KeyValueCache.blocks(row.askedLength() + ahead);
                cache.extend(row.cached(), Math.min(blocks * KeyValueCache.BLOCK_TOKENS, row.mostTokens()));
            }
        }
    }

    /** Those that have read all and go on; whoever has the same adapter one after another. */
    private List<Sequence> growing() {
        return running.stream()
                .filter(sequence -> sequence.isRead() && sequence.canGrow())
                .sorted(BY_ADAPTER)
                .toList();
    }

    private boolean hasRoom(List<Sequence> rows) {
        int needed = 0;
        for (Sequence row : rows) {
            needed += cache.needed(row.cached(), row.askedLength());
        }
        return needed <= cache.available();
    }

    /** Prompts that are held for later samples go first, then whoever began last. */
    private void makeRoom() {
        if (!holders.isEmpty()) {
            letGoOfPrompts();
        } else {
            putBack(running.getLast());
        }
    }

    private void letGoOfPrompts() {
        holders.forEach(holder -> holder.letGo(cache));
        holders.clear();
    }

    private void putBack(Sequence sequence) {
        leave(sequence);
        waiting.addFirst(sequence);
        putBack++;
    }

    private List<PromptPart> parts() {
        List<PromptPart> parts = new ArrayList<>();
        int room = limits.promptTokens();
        while (room > 0 && (reading != null || admit(parts))) {
            if (reading != null) {
                int count = count(reading.toRead() - reading.read(), room);
                if (count == 0) {
                    break;
                }
                parts.add(read(count));
                room -= count;
            }
        }
        for (PromptPart part : parts) {
            if (part.endsReading()) {
                hold(part.sequence());
            }
        }
        return parts;
    }

    /** How many tokens are read of those left: never a single one of several, unless no more are read at a time. */
    private int count(int left, int room) {
        if (left <= room || limits.promptTokens() < 2 * READ_AGAIN) {
            return Math.min(left, room);
        }
        int count = left - room == 1 ? room - 1 : room;
        return count > 1 ? count : 0;
    }

    private PromptPart read(int count) {
        Sequence sequence = reading;
        PromptPart part = new PromptPart(sequence, sequence.read(), count);
        sequence.read(part.end());
        keep(sequence, part.end());
        if (sequence.isRead()) {
            reading = null;
        }
        return part;
    }

    /** Keeps what a sequence has in the cache for others that begin alike. */
    private void keep(Sequence sequence, int tokens) {
        if (sequence.promptLength() <= commonLength) {
            int common = Math.min(tokens, commonLength);
            cache.keep(sequence.request().adapter(), sequence.ids(), common, sequence.cached());
        }
    }

    private void hold(Sequence reader) {
        RunningRequest owner = reader.owner();
        if (reader.toRead() == reader.promptLength() && !owner.isBegun() && !owner.holdsPrompt()) {
            owner.hold(cache, reader.cached());
            holders.add(owner);
        }
    }

    /**
     * Gives a slot to whoever waits in front.
     *
     * @return false if nobody waits, or there is no slot or no room for it
     */
    private boolean admit(List<PromptPart> parts) {
        if (waiting.isEmpty() || freeSlots.isEmpty()) {
            return false;
        }
        Sequence sequence = waiting.peek();
        PromptPart same = parts.stream()
                .filter(part -> isSame(part, sequence))
                .findFirst()
                .orElse(null);
        CachedSequence start =
                same != null ? cache.share(same.sequence().cached(), sequence.promptLength()) : beginning(sequence);
        int needed = cache.needed(start, sequence.known());
        if (needed + running.size() > cache.available()) {
            if (!running.isEmpty() || (needed > cache.available() && holders.isEmpty())) {
                cache.release(start);
                return false;
            }
            if (needed > cache.available()) {
                cache.release(start);
                letGoOfPrompts();
                return admit(parts);
            }
        }
        waiting.remove();
        int tokens = start.length();
        sharedTokens += tokens;
        cache.extend(start, sequence.known());
        int slot = freeSlots.remove();
        slots.write(slot, sequence.sampling(), sequence.mostTokens());
        begin(sequence);
        sequence.admit(slot, start, tokens);
        running.add(sequence);
        if (same != null) {
            same.followers().add(sequence);
        } else {
            reading = sequence;
        }
        return true;
    }

    private void begin(Sequence sequence) {
        if (sequence.isFirstTime()) {
            RunningRequest owner = sequence.owner();
            owner.begin();
            if (owner.isBegun()) {
                owner.letGo(cache);
                holders.remove(owner);
            }
        }
    }

    /** Whether a part reads the end of the very prompt that a sequence begins with. */
    private static boolean isSame(PromptPart part, Sequence sequence) {
        return part.sequence().owner() == sequence.owner()
                && part.endsReading()
                && part.end() == sequence.promptLength()
                && sequence.known() == sequence.promptLength();
    }

    /** What is in the cache of a sequence that is to read. */
    private CachedSequence beginning(Sequence sequence) {
        RunningRequest owner = sequence.owner();
        if (owner.holdsPrompt() && sequence.known() == sequence.promptLength()) {
            return cache.share(owner.heldPrompt(), Math.max(0, sequence.promptLength() - READ_AGAIN));
        }
        if (sequence.promptLength() > commonLength) {
            return cache.open();
        }
        int most = Math.min(commonLength, sequence.known() - 1);
        if (owner.isToBeScored()) {
            most = Math.min(most, owner.promptScores().size());
        }
        return cache.begin(sequence.request().adapter(), sequence.ids(), most);
    }

    /** Takes back what a sequence holds that has a slot; what it has in the cache is kept for others. */
    void leave(Sequence sequence) {
        if (sequence.isRead() && readsAsItWrites) {
            // The keys of its last token may not have been written.
            keep(sequence, sequence.length() - 1);
        }
        cache.release(sequence.cached());
        freeSlots.add(sequence.slot());
        running.remove(sequence);
        if (reading == sequence) {
            reading = null;
        }
        sequence.leave();
    }

    /** Takes a request off, with all of its sequences. */
    void remove(RunningRequest request) {
        running.stream().filter(each -> each.owner() == request).toList().forEach(this::leave);
        waiting.removeIf(each -> each.owner() == request);
        request.letGo(cache);
        holders.remove(request);
    }

    /** The requests at work, in the order in which they came. */
    List<RunningRequest> requests() {
        List<Sequence> all = new ArrayList<>(running);
        all.addAll(waiting);
        return all.stream()
                .map(Sequence::owner)
                .distinct()
                .sorted(Comparator.comparingLong(RunningRequest::number))
                .toList();
    }

    int running() {
        return running.size();
    }

    int waiting() {
        return waiting.size();
    }

    /** Tokens that were in the cache and weren't read. */
    long sharedTokens() {
        return sharedTokens;
    }

    /** Times that a sequence was put back. */
    long putBacks() {
        return putBack;
    }

    @Override
    public void close() {
        slots.close();
        cache.close();
    }
}
