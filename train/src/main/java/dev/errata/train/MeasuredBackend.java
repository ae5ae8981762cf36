package dev.errata.train;

import dev.errata.tensor.Backend;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Storage;
import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;
import java.util.List;

/** A backend that also counts the memory that is used where it lies, as mapped weights are. Closes the one below it. */
public final class MeasuredBackend implements ForwardingBackend {
    private final Backend inner;
    private final IdentityHashMap<Storage, Long> adopted = new IdentityHashMap<>();
    private long adoptedBytes;

    public MeasuredBackend(Backend inner) {
        this.inner = inner;
    }

    @Override
    public Backend inner() {
        return inner;
    }

    /** Bytes of host memory that is in use where it lies. */
    public long adoptedBytes() {
        return adoptedBytes;
    }

    /** The most memory that was taken so far, with what is used where it lies now. */
    public long takenBytes() {
        return peakReservedBytes() + adoptedBytes;
    }

    @Override
    public void runTogether(List<Op.Linear> layers) {
        inner.runTogether(layers);
    }

    @Override
    public Storage adopt(MemorySegment host) {
        long before = liveBytes();
        Storage storage = ForwardingBackend.super.adopt(host);
        if (liveBytes() == before) {
            adopted.put(storage, host.byteSize());
            adoptedBytes += host.byteSize();
        }
        return storage;
    }

    @Override
    public void free(Storage storage) {
        Long bytes = adopted.remove(storage);
        adoptedBytes -= bytes == null ? 0 : bytes;
        ForwardingBackend.super.free(storage);
    }
}
