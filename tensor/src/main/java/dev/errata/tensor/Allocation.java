package dev.errata.tensor;

/**
 * Memory of a backend under the name it was asked for, owned by a {@link Scope}. Every tensor that lies in it, view or
 * window, ends with it. Identity tells which tensors share memory.
 */
public final class Allocation {
    private final String name;
    private final long bytes;
    private Scope owner;
    private Storage storage;
    private String end;
    private int generation;

    Allocation(String name, Storage storage, Scope owner) {
        this.name = name;
        this.bytes = storage.bytes();
        this.storage = storage;
        this.owner = owner;
    }

    public String name() {
        return name;
    }

    public long bytes() {
        return bytes;
    }

    /** Whose it is; closing that scope frees it. */
    public Scope owner() {
        return owner;
    }

    public boolean isLive() {
        return storage != null;
    }

    /**
     * What it lies in.
     *
     * @throws IllegalStateException if it was given back
     */
    public Storage storage() {
        return storage(name);
    }

    /**
     * @param tensor who asks, for the error
     * @throws IllegalStateException if the memory was given back
     */
    Storage storage(String tensor) {
        if (storage == null) {
            throw new IllegalStateException("tensor " + tensor + " is used after " + end);
        }
        return storage;
    }

    void own(Scope scope) {
        owner = scope;
    }

    /** Takes the storage out, to be freed. */
    Storage end(String reason) {
        Storage last = storage;
        storage = null;
        end = reason;
        return last;
    }

    /** How often it began anew. */
    int generation() {
        return generation;
    }

    void begin(Storage fresh) {
        storage = fresh;
        generation++;
    }
}
