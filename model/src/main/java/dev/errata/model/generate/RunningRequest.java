package dev.errata.model.generate;

import dev.errata.model.cache.CachedSequence;
import dev.errata.model.cache.KeyValueCache;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** A request that an engine is at work on. Its samples go their own ways once its prompt is read. */
final class RunningRequest implements Ticket {
    private final GenerationRequest request;
    private final GenerationListener listener;
    private final long number;
    private final Generated[] ended;
    private final List<ScoredToken> promptScores = new ArrayList<>();
    private int left;
    private int notAdmitted;
    private boolean closed;
    /** The prompt as its first sample read it, while other samples are to begin; or null. */
    private CachedSequence prompt;

    /**
     * @param number grows from one request to the next
     */
    RunningRequest(GenerationRequest request, GenerationListener listener, long number) {
        this.number = number;
        this.request = request;
        this.listener = listener;
        this.ended = new Generated[request.samples()];
        this.left = request.samples();
        this.notAdmitted = request.samples();
    }

    GenerationRequest request() {
        return request;
    }

    GenerationListener listener() {
        return listener;
    }

    long number() {
        return number;
    }

    /** Whether its listener was told the last. */
    boolean isClosed() {
        return closed;
    }

    void close() {
        closed = true;
    }

    /** The log-probabilities so far of the prompt's tokens from the second on. */
    List<ScoredToken> promptScores() {
        return promptScores;
    }

    /** Whether log-probabilities of its prompt are still to be told. */
    boolean isToBeScored() {
        return request.wanted().ofPrompt() && promptScores.size() < request.prompt().length - 1;
    }

    /** A sample begins, for the first time. */
    void begin() {
        notAdmitted--;
    }

    /** Holds the prompt for the samples that haven't begun. */
    void hold(KeyValueCache cache, CachedSequence reader) {
        if (notAdmitted > 0 && prompt == null) {
            prompt = cache.share(reader, request.prompt().length);
        }
    }

    boolean holdsPrompt() {
        return prompt != null;
    }

    CachedSequence heldPrompt() {
        return prompt;
    }

    /** Whether no sample needs the prompt held any more. */
    boolean isBegun() {
        return notAdmitted == 0;
    }

    void letGo(KeyValueCache cache) {
        if (prompt != null) {
            cache.release(prompt);
            prompt = null;
        }
    }

    /**
     * A sample has ended.
     *
     * @return whether it was the last
     */
    boolean end(int sample, Generated written) {
        ended[sample] = written;
        return --left == 0;
    }

    GenerationResult result() {
        return new GenerationResult(List.copyOf(promptScores), Arrays.asList(ended));
    }
}
