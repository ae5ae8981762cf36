package dev.errata.model.generate;

/** Takes the results of many requests, in the order of the requests. What it throws ends their work. */
@FunctionalInterface
public interface OrderedResults {
    /**
     * A request and all before it are answered.
     *
     * @param place of the request, from 0
     */
    void answered(int place, GenerationResult result);

    /** One more step was made. */
    default void stepped() {}
}
