package dev.errata.kernels.machine;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.VarHandle;

/** Calls of the C library that executable memory needs, with the numbers of Linux on x86-64. */
final class LinuxCalls {
    static final int READ = 1;
    static final int WRITE = 2;
    static final int EXECUTE = 4;

    private static final int PRIVATE_ANONYMOUS = 0x02 | 0x20;
    private static final long FAILED = -1;
    private static final long ARCH_PRCTL = 158;
    private static final long ASK_FOR_STATE = 0x1023;

    private static final String ERRNO = "errno";
    private static final MemoryLayout STATE = Linker.Option.captureStateLayout();
    private static final VarHandle NUMBER = STATE.varHandle(MemoryLayout.PathElement.groupElement(ERRNO));
    private static final MethodHandle MAP;
    private static final MethodHandle PROTECT;
    private static final MethodHandle UNMAP;
    private static final MethodHandle SYSTEM_CALL;

    static {
        var address = ValueLayout.ADDRESS;
        var size = ValueLayout.JAVA_LONG;
        var number = ValueLayout.JAVA_INT;
        MAP = find("mmap", FunctionDescriptor.of(address, address, size, number, number, number, size));
        PROTECT = find("mprotect", FunctionDescriptor.of(number, address, size, number));
        UNMAP = find("munmap", FunctionDescriptor.of(number, address, size));
        SYSTEM_CALL = find("syscall", FunctionDescriptor.of(size, size, size, size));
    }

    private LinuxCalls() {}

    /** A call that the system refused. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        Refused(String call, int number) {
            super(call + ": error " + number);
        }
    }

    @SuppressWarnings("restricted") // functions of the C library with their documented signatures
    private static MethodHandle find(String name, FunctionDescriptor signature) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().findOrThrow(name), signature, Linker.Option.captureCallState(ERRNO));
    }

    /** Zeroed memory that is read and written. */
    static long map(long bytes) throws Refused {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            MemorySegment mapped = (MemorySegment)
                    MAP.invokeExact(state, MemorySegment.NULL, bytes, READ | WRITE, PRIVATE_ANONYMOUS, -1, 0L);
            if (mapped.address() == FAILED) {
                throw new Refused("mmap", (int) NUMBER.get(state, 0L));
            }
            return mapped.address();
        } catch (Refused | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Lets memory be used in these ways alone. */
    static void protect(long address, long bytes, int how) throws Refused {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            int result = (int) PROTECT.invokeExact(state, MemorySegment.ofAddress(address), bytes, how);
            if (result != 0) {
                throw new Refused("mprotect", (int) NUMBER.get(state, 0L));
            }
        } catch (Refused | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    static void unmap(long address, long bytes) {
        try (Arena arena = Arena.ofConfined()) {
            int ignored = (int) UNMAP.invokeExact(arena.allocate(STATE), MemorySegment.ofAddress(address), bytes);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    /** Asks for a part of the processor's state that a process doesn't have from the start, for all its threads. */
    static void askForState(int component) throws Refused {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(STATE);
            long result = (long) SYSTEM_CALL.invokeExact(state, ARCH_PRCTL, ASK_FOR_STATE, (long) component);
            if (result != 0) {
                throw new Refused("arch_prctl", (int) NUMBER.get(state, 0L));
            }
        } catch (Refused | RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
