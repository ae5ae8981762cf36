package dev.errata.tensor.check;

import dev.errata.tensor.Backend;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Storage;

/**
 * A host backend whose memory is all NaN before it is written to and after it was freed: what reads either gives other
 * numbers than it would elsewhere.
 */
public record PoisoningBackend(Backend inner) implements ForwardingBackend {
    /** All bits set are NaN in F32, BF16, F16 and F64, and no index in I32. */
    private static final byte POISON = -1;

    @Override
    public Storage allocate(String what, long bytes) {
        return poisoned(inner.allocate(what, bytes));
    }

    @Override
    public void free(Storage storage) {
        if (storage instanceof HostMemory(var memory) && !memory.isReadOnly() && !memory.isMapped()) {
            poisoned(storage);
        }
        inner.free(storage);
    }

    private static Storage poisoned(Storage storage) {
        ((HostMemory) storage).segment().fill(POISON);
        return storage;
    }
}
