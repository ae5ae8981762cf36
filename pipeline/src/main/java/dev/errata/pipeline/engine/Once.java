package dev.errata.pipeline.engine;

import java.util.function.Supplier;

/** Asks a supplier the first time only. Used by one thread. */
final class Once<T> implements Supplier<T> {
    private final Supplier<T> supplier;
    private T value;

    Once(Supplier<T> supplier) {
        this.supplier = supplier;
    }

    @Override
    public T get() {
        if (value == null) {
            value = supplier.get();
        }
        return value;
    }
}
