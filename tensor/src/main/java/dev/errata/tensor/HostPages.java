package dev.errata.tensor;

import java.lang.foreign.MemorySegment;

/**
 * Host memory beside a device's, between which and tensors copies go on while operators run. Copies in one direction
 * follow each other; those of the two directions, and operators, overlap. Used by one thread.
 */
public interface HostPages extends AutoCloseable {
    /** All of it, zeros to begin with. What was taken out is there after {@link #await}. */
    MemorySegment memory();

    /**
     * Begins to copy to a tensor, once what was last taken out of its memory has left. Operators that read it are given after
     * {@link #arrive}.
     *
     * @param from first byte in the host's memory
     */
    void bringIn(long from, Tensor to);

    /** Operators that are given from here on find what was brought in so far. */
    void arrive();

    /**
     * Begins to copy what a tensor holds once all operators given before are done. Until something is brought into its memory
     * again no operator may change it.
     *
     * @param to first byte in the host's memory
     */
    void takeOut(Tensor from, long to);

    /** Waits for all copies. */
    void await();

    @Override
    void close();
}
