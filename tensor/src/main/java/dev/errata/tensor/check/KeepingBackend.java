package dev.errata.tensor.check;

import dev.errata.tensor.Backend;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Storage;
import java.util.ArrayList;
import java.util.List;

/** A backend that frees nothing until it is closed, so that no memory is used twice: the twin of those that do. */
public final class KeepingBackend implements ForwardingBackend {
    private final Backend inner;
    private final List<Storage> freed = new ArrayList<>();

    public KeepingBackend(Backend inner) {
        this.inner = inner;
    }

    @Override
    public Backend inner() {
        return inner;
    }

    @Override
    public void free(Storage storage) {
        freed.add(storage);
    }

    @Override
    public void close() {
        freed.forEach(inner::free);
        inner.close();
    }
}
