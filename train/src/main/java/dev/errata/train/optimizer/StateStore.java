package dev.errata.train.optimizer;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/** Where the optimizer's state of all trained values lies. Used by one thread. */
public sealed interface StateStore extends AutoCloseable permits ResidentStates, PagedStates, PinnedStates {
    /** Brings every piece into memory, in one fixed order, and keeps what is changed in it. */
    void forEach(Consumer<StatePiece> update);

    /**
     * Part of a parameter's state in host memory, as it is now.
     *
     * @param part its place in {@link StateFormat#parts}
     * @param arena holds the copy where one is needed
     */
    MemorySegment read(Parameter parameter, int part, Arena arena);

    /** Replaces part of a parameter's state; sizes must agree. */
    void write(Parameter parameter, int part, MemorySegment from);

    /** Host memory that it takes beside the backend's. */
    long hostBytes();

    /** What was moved so far; null where states are not paged at all. */
    Paging paging();

    @Override
    void close();
}
