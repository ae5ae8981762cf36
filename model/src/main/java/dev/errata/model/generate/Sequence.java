package dev.errata.model.generate;

import dev.errata.model.cache.CachedSequence;
import dev.errata.tensor.Op;
import dev.errata.tensor.RunFailedException;
import dev.errata.tensor.sampling.SampleRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * One sample of a request, as far as the host knows it: the backend may be a token ahead. It waits, gets a slot, reads what
 * it has so far, and writes until it ends; put back, it waits again with the tokens that it has. Where reading doesn't give the
 * bits of writing it then reads its prompt alone and writes its tokens again, which come out as before and are told to nobody.
 */
final class Sequence {
    private static final int NO_SLOT = -1;

    private final RunningRequest owner;
    private final int sample;
    private final boolean writesAgain;
    private final StopRule rule;
    private final List<ScoredToken> scores = new ArrayList<>();
    private int[] ids;
    /** Tokens that are known, the prompt's too, and new ones that the backend was told to write. */
    private int length;

    private int asked;
    /** New tokens that came since it got its slot, or that it read. */
    private int come;

    private int slot = NO_SLOT;
    private boolean begun;
    private int toRead;
    private int read;
    private CachedSequence cached;
    private Finish finish;

    /**
     * @param writesAgain what it has written before it was put back, instead of reading it
     */
    Sequence(RunningRequest owner, int sample, boolean writesAgain) {
        this.owner = owner;
        this.sample = sample;
        this.writesAgain = writesAgain;
        this.rule = owner.request().stop().rules().get();
        this.ids = owner.request().prompt();
        this.length = ids.length;
        this.toRead = length;
    }

    RunningRequest owner() {
        return owner;
    }

    GenerationRequest request() {
        return owner.request();
    }

    int sample() {
        return sample;
    }

    int promptLength() {
        return request().prompt().length;
    }

    /** All tokens that are known, and perhaps room behind them. */
    int[] ids() {
        return ids;
    }

    /** Its longest length. */
    int mostTokens() {
        return Math.toIntExact(request().longest());
    }

    /** Where its keys and values lie; null while it waits. */
    CachedSequence cached() {
        return cached;
    }

    int slot() {
        return slot;
    }

    /** Whether it never had a slot. */
    boolean isFirstTime() {
        return !begun;
    }

    /**
     * Begins to read, or to write where nothing is left to read.
     *
     * @param start what a cache holds of it already
     * @param tokens of it that need not be read
     */
    void admit(int freeSlot, CachedSequence start, int tokens) {
        slot = freeSlot;
        begun = true;
        cached = start;
        read = tokens;
        toRead = known();
    }

    /** Tokens with which it begins when it gets a slot: those that are known, or its prompt alone. */
    int known() {
        return writesAgain ? promptLength() : length;
    }

    /** Gives up slot and place in the cache; it may be admitted again. */
    void leave() {
        slot = NO_SLOT;
        cached = null;
        read = 0;
        asked = known() - promptLength();
        come = asked;
    }

    /** Tokens that are read before another is written. */
    int toRead() {
        return toRead;
    }

    /** Tokens whose keys and values are in the cache, or will be when what was begun is done. */
    int read() {
        return read;
    }

    void read(int tokens) {
        read = tokens;
    }

    boolean isRead() {
        return read == toRead;
    }

    /** What sampling needs to know of it before its next token. */
    SampleRequest sampling() {
        return new SampleRequest(
                request().sampler(),
                Arrays.copyOf(ids, known()),
                request().forbidden(),
                request().seed(),
                request().stream(sample),
                known() - promptLength());
    }

    boolean isFinished() {
        return finish != null;
    }

    /** Whether another token may be asked for. */
    boolean canGrow() {
        return finish == null && asked < request().maxNewTokens();
    }

    /** The backend was told to write one more token. */
    void ask() {
        asked++;
    }

    /** Tokens that it has once all that were asked for are there, if it doesn't end before. */
    int askedLength() {
        return promptLength() + asked;
    }

    /** Tokens that are known. */
    int length() {
        return length;
    }

    /**
     * Takes the next token that was asked for.
     *
     * @param score null unless it was asked for
     * @return whether it is new, not one that was written again
     * @throws RunFailedException if it is none, or not the one that it was before
     */
    boolean append(int id, ScoredToken score) {
        if (id == Op.SampleTokens.NO_TOKEN) {
            throw new RunFailedException(
                    "the model gives no token to choose: its logits are NaN or infinite, or every token is forbidden",
                    "prompt of " + promptLength() + " tokens, new token " + (newTokens() + 1),
                    "look for NaN in the weights and the adapter, try float32, and check the forbidden tokens");
        }
        int at = promptLength() + come++;
        if (at < length) {
            requireAsBefore(at, id);
            return false;
        }
        if (length == ids.length) {
            ids = Arrays.copyOf(ids, (int) Math.min(mostTokens(), 2L * length));
        }
        ids[length++] = id;
        if (score != null) {
            scores.add(score);
        }
        if (request().stop().ids().contains(id) || rule.endsWith(id)) {
            finish = Finish.STOP;
        } else if (newTokens() == request().maxNewTokens()) {
            finish = Finish.LENGTH;
        }
        return true;
    }

    private void requireAsBefore(int at, int id) {
        if (ids[at] != id) {
            throw new RunFailedException(
                    "token " + ids[at] + " was " + id + " when it was written again",
                    "prompt of " + promptLength() + " tokens, new token " + (at - promptLength() + 1),
                    "report this as a mistake; more kv_memory avoids it");
        }
    }

    /** Ends where no token is to be written. */
    void endAtOnce() {
        finish = Finish.LENGTH;
    }

    private int newTokens() {
        return length - promptLength();
    }

    Generated result() {
        return new Generated(Arrays.copyOfRange(ids, promptLength(), length), finish, List.copyOf(scores));
    }
}
