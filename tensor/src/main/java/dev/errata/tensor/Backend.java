package dev.errata.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * A device that holds tensors and runs operators on them. Elements cross to and from the host only by {@link #upload}
 * and {@link #download}. Operators run in the order in which they are given.
 */
public interface Backend extends AutoCloseable {
    /** As in {@code --device}: {@code reference}, {@code cpu}, {@code meta}. */
    String name();

    /**
     * Memory with undefined contents, 64-byte aligned.
     *
     * @param what it is for, in reports and errors
     * @throws RunFailedException if there is none left; it names what holds most
     */
    Storage allocate(String what, long bytes);

    /** Memory on the device that holds what this host memory holds; may be the same memory. */
    Storage adopt(MemorySegment host);

    void free(Storage storage);

    void run(Op op);

    /**
     * Runs linear layers of which none reads what another writes, as by {@link #run} one after another, to the same bits. A backend may
     * make one product of those that have one input.
     */
    default void runTogether(List<Op.Linear> layers) {
        layers.forEach(this::run);
    }

    /** Whether it knows weights with {@link Weight#eightBitRows}. */
    default boolean roundsRows() {
        return false;
    }

    /**
     * Takes a frozen weight into the form that this backend's products like, once, in the scope's memory. It is the given
     * weight itself where the backend uses it as it is; else the given weight's tensors are not used any more and may be
     * freed. Elements keep their values, so products and rows have the same bits either way.
     *
     * @param name for the memory that is taken
     */
    default Weight prepare(String name, Weight weight, Scope scope) {
        return weight;
    }

    /**
     * A step that is run again and again, one row for each sequence that is written: the same operators on the same tensors each
     * time. The backend may ask for them once only and do again what it did, so they give no other work and leave what they
     * allocate alone until the step is closed; and it may take kernels for few rows, which add in another order: rows of such
     * steps have the same bits whatever is beside them, but not always those of the same row elsewhere.
     */
    default RepeatedStep repeated(Runnable operators) {
        return operators::run;
    }

    /** Copies host memory to the device; sizes must agree. */
    void upload(MemorySegment from, Tensor to);

    /** Copies from the device to host memory once all operators given before are done; sizes must agree. */
    void download(Tensor from, MemorySegment to);

    /**
     * Begins to copy to host memory what the tensor holds once all operators given before are done, whatever is done to it
     * after. Sizes must agree; the host memory is whole after {@link Download#await}.
     */
    default Download beginDownload(Tensor from, MemorySegment to) {
        download(from, to);
        return Download.DONE;
    }

    /**
     * Whether {@link #run} may return before the operator is done, so that work given ahead hides the wait for what crosses.
     * Such a backend takes ids, rows and slots out of range without a fault.
     */
    default boolean isAsynchronous() {
        return false;
    }

    /**
     * Whether a token has the same bits in a step that reads tokens and in a {@linkplain #repeated repeated} one that writes one
     * for each sequence, so that both may be one step, and keys and values that were written one at a time are what reading their
     * tokens again would give. A backend without asks for steps apart: it knows by them which kernels to take. It takes rows of a
     * repeated step whose slot isn't there: they choose no token and disturb none.
     */
    default boolean readsAsItWrites() {
        return true;
    }

    /** Whether the host's memory is another than tensors lie in, so that what isn't always needed may wait there. */
    default boolean hasHostPages() {
        return false;
    }

    /**
     * Host memory from which tensors are brought in and to which they are taken out while operators run; to be closed before the
     * backend.
     *
     * @throws IllegalStateException if tensors lie in the host's memory themselves
     * @throws RunFailedException if there isn't so much
     */
    default HostPages hostPages(long bytes) {
        throw new IllegalStateException("backend " + name() + " has its tensors in the host's memory");
    }

    /** Bytes of storage allocated and not freed; adopted memory doesn't count. */
    long liveBytes();

    /** The most that {@link #liveBytes} ever was since {@link #resetPeak}. */
    long peakBytes();

    /** Both peaks begin anew from what is live and reserved now. */
    void resetPeak();

    /** Bytes taken from the system: what is live, what was and can be again, and what lies between. */
    long reservedBytes();

    /** The most that {@link #reservedBytes} ever was since {@link #resetPeak}. */
    long peakReservedBytes();

    /** The most memory of its own that an operator took for its time; a part of {@link #peakReservedBytes}. */
    default long peakScratchBytes() {
        return 0;
    }

    /** What is live, added up by name, the largest first. */
    List<MemoryHolder> holders();

    /** How memory is cut and rounded, for the meta device to do the same. */
    MemoryRules memoryRules();

    @Override
    void close();
}
