package dev.errata.tensor;

import java.lang.foreign.MemorySegment;
import java.util.List;

/** A backend that gives everything to another one but what it overrides, to count or watch. */
public interface ForwardingBackend extends Backend {
    /** The backend that does the work. */
    Backend inner();

    @Override
    default String name() {
        return inner().name();
    }

    @Override
    default Storage allocate(String what, long bytes) {
        return inner().allocate(what, bytes);
    }

    @Override
    default Storage adopt(MemorySegment host) {
        return inner().adopt(host);
    }

    @Override
    default void free(Storage storage) {
        inner().free(storage);
    }

    @Override
    default void run(Op op) {
        inner().run(op);
    }

    @Override
    default boolean roundsRows() {
        return inner().roundsRows();
    }

    @Override
    default RepeatedStep repeated(Runnable operators) {
        return inner().repeated(operators);
    }

    @Override
    default Weight prepare(String name, Weight weight, Scope scope) {
        return inner().prepare(name, weight, scope);
    }

    @Override
    default void upload(MemorySegment from, Tensor to) {
        inner().upload(from, to);
    }

    @Override
    default void download(Tensor from, MemorySegment to) {
        inner().download(from, to);
    }

    @Override
    default Download beginDownload(Tensor from, MemorySegment to) {
        return inner().beginDownload(from, to);
    }

    @Override
    default boolean isAsynchronous() {
        return inner().isAsynchronous();
    }

    @Override
    default boolean readsAsItWrites() {
        return inner().readsAsItWrites();
    }

    @Override
    default boolean hasHostPages() {
        return inner().hasHostPages();
    }

    @Override
    default HostPages hostPages(long bytes) {
        return inner().hostPages(bytes);
    }

    @Override
    default long liveBytes() {
        return inner().liveBytes();
    }

    @Override
    default long peakBytes() {
        return inner().peakBytes();
    }

    @Override
    default void resetPeak() {
        inner().resetPeak();
    }

    @Override
    default long reservedBytes() {
        return inner().reservedBytes();
    }

    @Override
    default long peakReservedBytes() {
        return inner().peakReservedBytes();
    }

    @Override
    default long peakScratchBytes() {
        return inner().peakScratchBytes();
    }

    @Override
    default List<MemoryHolder> holders() {
        return inner().holders();
    }

    @Override
    default MemoryRules memoryRules() {
        return inner().memoryRules();
    }

    @Override
    default void close() {
        inner().close();
    }
}
