package dev.errata.tensor;

import java.util.Optional;

/** How a backend is found: by {@link java.util.ServiceLoader}, so that nothing compiles against it. */
public interface BackendProvider {
    /** As in {@code --device}. */
    String name();

    /** Backends are tried from the highest to the lowest. */
    int priority();

    /** Why it can't run here and what would help, in one line; empty if it can. */
    Optional<String> refusal();

    /**
     * @param threads host threads to use, at least 1
     */
    Backend create(int threads);
}
