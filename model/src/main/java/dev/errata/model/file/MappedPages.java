package dev.errata.model.file;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.Optional;

/**
 * Pages of a mapped file that were read once and won't be soon again. Giving them back keeps a process small that reads a
 * checkpoint much larger than what it makes of it: the pages stay in the system's file cache, they are just no longer this
 * process's. Where the system has no such call nothing happens.
 */
public final class MappedPages {
    /** Below this a release costs more than it gives. */
    private static final long LEAST = 1 << 20;

    private static final long PAGE = 1 << 16;

    private MappedPages() {}

    /**
     * Gives the whole pages within a part of a mapped file back. They can be read again at any time.
     *
     * @param mapped a slice of a file that is mapped for reading; other memory is left alone
     */
    public static void release(MemorySegment mapped) {
        if (!mapped.isMapped() || !mapped.isReadOnly() || mapped.byteSize() < LEAST) {
            return;
        }
        long first = (mapped.address() + PAGE - 1) / PAGE * PAGE;
        long end = (mapped.address() + mapped.byteSize()) / PAGE * PAGE;
        if (first < end) {
            Advice.CALL.ifPresent(call -> dontNeed(call, first, end - first));
        }
    }

    @SuppressWarnings("restricted") // an address within the mapping that the caller holds
    private static void dontNeed(MethodHandle call, long address, long bytes) {
        try {
            int refused = (int) call.invokeExact(MemorySegment.ofAddress(address), bytes, Advice.DONT_NEED);
            if (refused != 0) {
                System.getLogger(MappedPages.class.getName()).log(System.Logger.Level.DEBUG, "pages are kept");
            }
        } catch (Throwable e) {
            throw new IllegalStateException("madvise can't be called", e);
        }
    }

    /** POSIX's {@code int madvise(void *address, size_t length, int advice)}, looked up when first needed. */
    private static final class Advice {
        /** MADV_DONTNEED of Linux and macOS: for a file mapped read-only it loses nothing. */
        static final int DONT_NEED = 4;

        static final Optional<MethodHandle> CALL = find();

        @SuppressWarnings("restricted") // a function of the C library with its documented signature
        private static Optional<MethodHandle> find() {
            Linker linker = Linker.nativeLinker();
            FunctionDescriptor signature = FunctionDescriptor.of(
                    ValueLayout.JAVA_INT, ValueLayout.ADDRESS, ValueLayout.JAVA_LONG, ValueLayout.JAVA_INT);
            return linker.defaultLookup().find("madvise").map(symbol -> linker.downcallHandle(symbol, signature));
        }
    }
}
