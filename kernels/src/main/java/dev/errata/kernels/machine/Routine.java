package dev.errata.kernels.machine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/**
 * A function of our own of ten 64-bit numbers: System V passes six of them in {@link #ARGUMENTS}, the others above the return
 * address. It may change all registers but RBX, RBP, RSP and R12 to R15. No garbage collection begins while it runs, so it
 * should end within a millisecond or so.
 */
public final class Routine {
    /** Where the first six arguments are. */
    public static final java.util.List<Gpr> ARGUMENTS =
            java.util.List.of(Gpr.RDI, Gpr.RSI, Gpr.RDX, Gpr.RCX, Gpr.R8, Gpr.R9);

    private static final MethodHandle CALL = handle();

    private final MemorySegment code;

    Routine(long address) {
        code = MemorySegment.ofAddress(address);
    }

    @SuppressWarnings("restricted") // only functions made by Assembler are called
    private static MethodHandle handle() {
        var n = ValueLayout.JAVA_LONG;
        return Linker.nativeLinker()
                .downcallHandle(FunctionDescriptor.ofVoid(n, n, n, n, n, n, n, n, n, n), Linker.Option.critical(false));
    }

    /** A call of fewer numbers. */
    public void call(long a, long b, long c, long d, long e, long f, long g, long h) {
        call(a, b, c, d, e, f, g, h, 0, 0);
    }

    /** What a function does with its arguments is its own affair: a wrong address ends the process. */
    public void call(long a, long b, long c, long d, long e, long f, long g, long h, long i, long j) {
        try {
            CALL.invokeExact(code, a, b, c, d, e, f, g, h, i, j);
        } catch (RuntimeException | Error thrown) {
            throw thrown;
        } catch (Throwable thrown) {
            throw new AssertionError(thrown);
        }
    }
}
