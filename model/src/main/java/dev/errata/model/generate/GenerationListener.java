package dev.errata.model.generate;

import dev.errata.tensor.ErrataException;
import java.util.List;

/**
 * Told what becomes of one request, by the thread that makes the engine's steps; it must not take long and must not throw.
 * The last call is one of {@link #completed}, {@link #failed} and {@link #cancelled}.
 */
public interface GenerationListener {
    /** The prompt's tokens but the first, before any token is written; told only where the request wanted them. */
    default void promptScored(List<ScoredToken> prompt) {}

    /**
     * A sample has one more token.
     *
     * @param score its log-probability; null unless the request wanted it
     */
    default void written(int sample, int id, ScoredToken score) {}

    /** A sample has ended, after its last token was told. Samples of one request end in any order. */
    default void ended(int sample, Generated written) {}

    /** All samples have ended. */
    void completed(GenerationResult result);

    /** This request can't go on, as where the model gives no token to choose; others do. */
    void failed(ErrataException failure);

    /** The request was taken back before all of its samples had ended. */
    default void cancelled() {}
}
