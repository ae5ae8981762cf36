package dev.errata.tensor;

/** What {@link Backend#repeated} made of a step. */
public interface RepeatedStep extends AutoCloseable {
    /** Gives the step's operators to the backend, once more. */
    void run();

    @Override
    default void close() {}
}
