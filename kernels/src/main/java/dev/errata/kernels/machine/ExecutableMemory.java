package dev.errata.kernels.machine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/**
 * Functions of our own in memory that was written first and is read and executed since: at no time is it both written and
 * executed. Closing it gives it back, after which a call ends the process: whoever closes it calls no more.
 */
public final class ExecutableMemory implements AutoCloseable {
    private static final long PAGE = 4096;

    private final long address;
    private final long bytes;
    private final List<Routine> routines;
    private boolean closed;

    private ExecutableMemory(long address, long bytes, List<Routine> routines) {
        this.address = address;
        this.bytes = bytes;
        this.routines = routines;
    }

    /**
     * @throws MachineCodeUnavailable if the system gives no such memory
     */
    public static ExecutableMemory of(List<MachineCode> functions) throws MachineCodeUnavailable {
        long size = 0;
        List<Long> offsets = new ArrayList<>();
        for (MachineCode each : functions) {
            offsets.add(size);
            size = up(size + each.bytes().length, Zmm.BYTES);
        }
        long all = up(Math.max(1, size), PAGE);
        try {
            long at = LinuxCalls.map(all);
            write(functions, offsets, at, all);
            try {
                LinuxCalls.protect(at, all, LinuxCalls.READ | LinuxCalls.EXECUTE);
            } catch (LinuxCalls.Refused e) {
                LinuxCalls.unmap(at, all);
                throw e;
            }
            List<Routine> made = offsets.stream()
                    .<Routine>map(each -> new NativeRoutine(at + each))
                    .toList();
            return new ExecutableMemory(at, all, made);
        } catch (LinuxCalls.Refused e) {
            throw new MachineCodeUnavailable(
                    "this system lets no program execute what it wrote (" + e.getMessage() + ")", true);
        }
    }

    @SuppressWarnings("restricted") // memory that was just mapped
    private static void write(List<MachineCode> functions, List<Long> offsets, long at, long all) {
        MemorySegment memory = MemorySegment.ofAddress(at).reinterpret(all);
        for (int i = 0; i < functions.size(); i++) {
            byte[] code = functions.get(i).bytes();
            MemorySegment.copy(code, 0, memory, ValueLayout.JAVA_BYTE, offsets.get(i), code.length);
        }
    }

    private static long up(long size, long unit) {
        return (size + unit - 1) / unit * unit;
    }

    /** The functions, in the order in which they were given. */
    public List<Routine> routines() {
        return routines;
    }

    long address() {
        return address;
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            LinuxCalls.unmap(address, bytes);
        }
    }
}
