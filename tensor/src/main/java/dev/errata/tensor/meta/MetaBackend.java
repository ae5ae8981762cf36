package dev.errata.tensor.meta;

import dev.errata.tensor.Backend;
import dev.errata.tensor.MemoryPool;
import dev.errata.tensor.Op;
import dev.errata.tensor.Storage;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;

/**
 * Tensors without elements and operators without arithmetic: counts the bytes that a run would hold, each tensor as
 * {@link MemoryPool} rounds it up. A model of any size fits.
 */
public final class MetaBackend implements Backend {
    private long liveBytes;
    private long peakBytes;

    private record Bytes(long bytes, boolean adopted) implements Storage {
        @Override
        public Storage slice(long offset, long part) {
            return new Bytes(part, adopted);
        }
    }

    @Override
    public String name() {
        return "meta";
    }

    @Override
    public Storage allocate(long bytes) {
        liveBytes += MemoryPool.rounded(bytes);
        peakBytes = Math.max(peakBytes, liveBytes);
        return new Bytes(bytes, false);
    }

    @Override
    public Storage adopt(MemorySegment host) {
        return new Bytes(host.byteSize(), true);
    }

    @Override
    public void free(Storage storage) {
        if (storage instanceof Bytes(long bytes, boolean adopted) && !adopted) {
            liveBytes -= MemoryPool.rounded(bytes);
        }
    }

    @Override
    public void run(Op op) {}

    @Override
    public void upload(MemorySegment from, Tensor to) {}

    @Override
    public void download(Tensor from, MemorySegment to) {
        to.fill((byte) 0);
    }

    @Override
    public long liveBytes() {
        return liveBytes;
    }

    @Override
    public long peakBytes() {
        return peakBytes;
    }

    @Override
    public void resetPeak() {
        peakBytes = liveBytes;
    }

    @Override
    public void close() {}
}
