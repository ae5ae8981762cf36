package dev.errata.tensor;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * A range of addresses, of which a growing part from the first on can be used. The rest takes neither memory nor what a
 * system allots. Linux only; pages are huge ones where the system has them.
 */
final class HostRange implements AutoCloseable {
    /** Addresses of a range; more than any machine's memory, and little of what a process has. */
    private static final long ADDRESSES = 1L << 40;

    /** Where the range begins is a multiple of this. */
    private static final long HUGE_PAGE = 2 << 20;

    private final Arena arena;
    private final MemorySegment memory;
    private long used;

    private HostRange(Arena arena, MemorySegment memory) {
        this.arena = arena;
        this.memory = memory;
    }

    /** A range of which nothing can be used yet; null where the system gives none. */
    static HostRange reserve() {
        if (!Calls.areThere()) {
            return null;
        }
        Arena arena = Arena.ofShared();
        MemorySegment memory = Calls.reserve(ADDRESSES, arena);
        if (memory == null) {
            arena.close();
            return null;
        }
        long before = -memory.address() & (HUGE_PAGE - 1);
        return new HostRange(arena, memory.asSlice(before, ADDRESSES - HUGE_PAGE));
    }

    /** The address of so many more bytes, whole pages; or {@link BlockAllocator.Slabs#NONE}. */
    long grow(long bytes) {
        if (bytes > memory.byteSize() - used || !Calls.open(memory.asSlice(used, bytes))) {
            return BlockAllocator.Slabs.NONE;
        }
        used += bytes;
        return memory.address() + used - bytes;
    }

    /** Gives the last bytes back, whole pages. */
    void shrink(long bytes) {
        used -= bytes;
        Calls.shut(memory.asSlice(used, bytes));
    }

    MemorySegment at(long address, long bytes) {
        return memory.asSlice(address - memory.address(), bytes);
    }

    @Override
    public void close() {
        arena.close();
    }

    /** {@code mmap}, {@code munmap}, {@code mprotect} and {@code madvise} with the numbers of Linux. */
    private static final class Calls {
        private static final int NO_ACCESS = 0;
        private static final int READ_WRITE = 1 | 2;
        private static final int PRIVATE_ANONYMOUS_UNALLOTTED = 0x02 | 0x20 | 0x4000;
        private static final int DONT_NEED = 4;
        private static final int HUGE_PAGES = 14;
        private static final long FAILED = -1;

        private static final MethodHandle MAP;
        private static final MethodHandle UNMAP;
        private static final MethodHandle PROTECT;
        private static final MethodHandle ADVISE;

        static {
            var address = ValueLayout.ADDRESS;
            var size = ValueLayout.JAVA_LONG;
            var number = ValueLayout.JAVA_INT;
            MAP = find("mmap", FunctionDescriptor.of(address, address, size, number, number, number, size));
            UNMAP = find("munmap", FunctionDescriptor.of(number, address, size));
            PROTECT = find("mprotect", FunctionDescriptor.of(number, address, size, number));
            ADVISE = find("madvise", FunctionDescriptor.of(number, address, size, number));
        }

        private Calls() {}

        @SuppressWarnings("restricted") // functions of the C library with their documented signatures
        private static MethodHandle find(String name, FunctionDescriptor signature) {
            if (!System.getProperty("os.name").equals("Linux")) {
                return null;
            }
            Linker linker = Linker.nativeLinker();
            return linker.defaultLookup()
                    .find(name)
                    .map(symbol -> linker.downcallHandle(symbol, signature))
                    .orElse(null);
        }

        static boolean areThere() {
            return MAP != null && UNMAP != null && PROTECT != null && ADVISE != null;
        }

        /** Addresses that are given up when the arena closes. */
        @SuppressWarnings("restricted") // addresses that were just mapped
        static MemorySegment reserve(long bytes, Arena arena) {
            try {
                MemorySegment mapped = (MemorySegment)
                        MAP.invokeExact(MemorySegment.NULL, bytes, NO_ACCESS, PRIVATE_ANONYMOUS_UNALLOTTED, -1, 0L);
                if (mapped.address() == FAILED) {
                    return null;
                }
                int ignored = (int) ADVISE.invokeExact(mapped, bytes, HUGE_PAGES);
                return mapped.reinterpret(bytes, arena, memory -> unmap(memory, bytes));
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }

        static boolean open(MemorySegment part) {
            try {
                return (int) PROTECT.invokeExact(part, part.byteSize(), READ_WRITE) == 0;
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }

        static void shut(MemorySegment part) {
            try {
                int ignored = (int) ADVISE.invokeExact(part, part.byteSize(), DONT_NEED)
                        + (int) PROTECT.invokeExact(part, part.byteSize(), NO_ACCESS);
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }

        private static void unmap(MemorySegment memory, long bytes) {
            try {
                int ignored = (int) UNMAP.invokeExact(memory, bytes);
            } catch (Throwable e) {
                throw unexpected(e);
            }
        }

        private static RuntimeException unexpected(Throwable e) {
            return switch (e) {
                case RuntimeException runtime -> runtime;
                case Error error -> throw error;
                default -> new IllegalStateException("a function of the C library can't be called", e);
            };
        }
    }
}
