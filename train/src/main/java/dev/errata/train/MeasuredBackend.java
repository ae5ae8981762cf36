package dev.errata.train;

import dev.errata.tensor.Backend;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Storage;
import java.lang.foreign.MemorySegment;

/** A backend that also counts the memory that is used where it lies, as mapped weights are. Closes the one below it. */
public final class MeasuredBackend implements ForwardingBackend {
    private final Backend inner;
    private long adopted;

    public MeasuredBackend(Backend inner) {
        this.inner = inner;
    }

    @Override
    public Backend inner() {
        return inner;
    }

    /** Bytes of host memory that was adopted. */
    public long adoptedBytes() {
        return adopted;
    }

    @Override
    public Storage adopt(MemorySegment host) {
        adopted += host.byteSize();
        return ForwardingBackend.super.adopt(host);
    }
}
