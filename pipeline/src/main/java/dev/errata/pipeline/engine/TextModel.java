package dev.errata.pipeline.engine;

import dev.errata.model.generate.EngineLimits;
import java.util.List;

/** A model that continues prompts. */
public interface TextModel extends AutoCloseable {
    /** Takes texts as they come. What it throws ends the work. */
    @FunctionalInterface
    interface Texts {
        /**
         * All texts of a request are there, and of those before it.
         *
         * @param request its place, from 0
         */
        void written(int request, List<Completion> texts);

        /** Something to tell the user before it begins. */
        default void noted(String line) {}

        /** A little more was written, though perhaps no text is whole. */
        default void goesOn() {}
    }

    /**
     * Writes texts for each request and tells them in the order of the requests. A text depends neither on the limits nor on
     * the other requests.
     *
     * @param limits how much is written at a time
     * @throws dev.errata.tensor.BadInputException if there isn't the memory that they name
     * @throws dev.errata.tensor.ErrataException the first failure of a request
     */
    void complete(List<Request> requests, TextSampling sampling, EngineLimits limits, Texts texts);

    @Override
    void close();
}
