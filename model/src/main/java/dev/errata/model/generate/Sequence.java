package dev.errata.model.generate;

import dev.errata.model.cache.CachedSequence;
import dev.errata.tensor.Op;
import dev.errata.tensor.RunFailedException;
import dev.errata.tensor.sampling.SampleRequest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** One sequence of a batch, as far as the host knows it: the backend may be a token ahead. */
final class Sequence {
    private final int slot;
    private final PromptTokens prompt;
    private final GenerationSettings settings;
    private final Generator.StopRule rule;
    private final int[] ids;
    private int length;
    private int asked;
    private int read;
    private CachedSequence cached;
    /** Those with the same prompt, until it is read. */
    private List<Sequence> followers = List.of();

    private Finish finish;

    /**
     * @param slot its place in the batch
     */
    Sequence(int slot, PromptTokens prompt, GenerationSettings settings, Generator.StopRule rule) {
        this.slot = slot;
        this.prompt = prompt;
        this.settings = settings;
        this.rule = rule;
        this.length = prompt.ids().length;
        this.ids = Arrays.copyOf(prompt.ids(), Math.addExact(length, settings.maxNewTokens()));
        this.finish = settings.maxNewTokens() == 0 ? Finish.LENGTH : null;
    }

    int slot() {
        return slot;
    }

    int promptLength() {
        return prompt.ids().length;
    }

    int[] prompt() {
        return prompt.ids();
    }

    int promptId(int position) {
        return prompt.ids()[position];
    }

    /** Its longest length. */
    int mostTokens() {
        return ids.length;
    }

    /** Where its keys and values lie; null before {@link #begin}. */
    CachedSequence cached() {
        return cached;
    }

    /**
     * Begins with what a cache holds already.
     *
     * @param tokens of its prompt that need not be read
     */
    void begin(CachedSequence start, int tokens) {
        cached = start;
        read = tokens;
    }

    /** The first position of its prompt that is to be read. */
    int firstUnread() {
        return read;
    }

    /** Another one with the same prompt, which begins where this one has read it. */
    void addFollower(Sequence follower) {
        followers = new ArrayList<>(followers);
        followers.add(follower);
    }

    List<Sequence> followers() {
        return followers;
    }

    /** What sampling needs to know of it before its first token. */
    SampleRequest request() {
        return new SampleRequest(
                settings.sampler(), prompt.ids(), settings.forbidden(), settings.seed(), prompt.stream(), 0);
    }

    boolean isFinished() {
        return finish != null;
    }

    /** Whether another token may be asked for. */
    boolean canGrow() {
        return finish == null && asked < settings.maxNewTokens();
    }

    /** The backend was told to write one more token. */
    void ask() {
        asked++;
    }

    /** Tokens that it has once all that were asked for are there, if it doesn't end before. */
    int askedLength() {
        return promptLength() + asked;
    }

    /**
     * Takes the next token that was asked for.
     *
     * @throws RunFailedException if it is none
     */
    void append(int id) {
        if (id == Op.SampleTokens.NO_TOKEN) {
            throw new RunFailedException(
                    "the model gives no token to choose: its logits are NaN or infinite, or every token is forbidden",
                    "prompt " + (slot + 1) + ", new token " + (newTokens() + 1),
                    "look for NaN in the weights and the adapter, try float32, and check the forbidden tokens");
        }
        ids[length++] = id;
        if (settings.stopIds().contains(id) || rule.isDone(newIds(), newTokens())) {
            finish = Finish.STOP;
        } else if (newTokens() == settings.maxNewTokens()) {
            finish = Finish.LENGTH;
        }
    }

    private int newTokens() {
        return length - promptLength();
    }

    private int[] newIds() {
        return Arrays.copyOfRange(ids, promptLength(), length);
    }

    Generated result() {
        return new Generated(newIds(), finish, List.of());
    }
}
