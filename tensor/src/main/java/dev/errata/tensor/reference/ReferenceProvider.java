package dev.errata.tensor.reference;

import dev.errata.tensor.Backend;
import dev.errata.tensor.BackendProvider;
import dev.errata.tensor.meta.MetaBackend;
import java.util.Optional;

/** Offers the reference backend, which runs everywhere and is tried last. */
public final class ReferenceProvider implements BackendProvider {
    @Override
    public String name() {
        return "reference";
    }

    @Override
    public int priority() {
        return 0;
    }

    @Override
    public Optional<String> refusal() {
        return Optional.empty();
    }

    /** It computes on the calling thread, whatever the number of threads. */
    @Override
    public Backend create(int threads) {
        return new ReferenceBackend();
    }

    @Override
    public Backend plan(long memoryBytes) {
        return new MetaBackend();
    }
}
