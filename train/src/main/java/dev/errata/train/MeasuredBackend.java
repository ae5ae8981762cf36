package dev.errata.train;

import dev.errata.tensor.Backend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Storage;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/** A backend that also counts the memory that is used where it lies, as mapped weights are. Closes the one below it. */
public final class MeasuredBackend implements Backend {
    private final Backend inner;
    private long adopted;

    public MeasuredBackend(Backend inner) {
        this.inner = inner;
    }

    /** Bytes of host memory that was adopted. */
    public long adoptedBytes() {
        return adopted;
    }

    @Override
    public String name() {
        return inner.name();
    }

    @Override
    public Storage allocate(long bytes) {
        return inner.allocate(bytes);
    }

    @Override
    public Storage adopt(MemorySegment host) {
        adopted += host.byteSize();
        return inner.adopt(host);
    }

    @Override
    public void free(Storage storage) {
        inner.free(storage);
    }

    @Override
    public void run(Op op) {
        inner.run(op);
    }

    @Override
    public void upload(MemorySegment from, Tensor to) {
        inner.upload(from, to);
    }

    @Override
    public void download(Tensor from, MemorySegment to) {
        inner.download(from, to);
    }

    @Override
    public long liveBytes() {
        return inner.liveBytes();
    }

    @Override
    public long peakBytes() {
        return inner.peakBytes();
    }

    @Override
    public void resetPeak() {
        inner.resetPeak();
    }

    @Override
    public void close() {
        inner.close();
    }
}
