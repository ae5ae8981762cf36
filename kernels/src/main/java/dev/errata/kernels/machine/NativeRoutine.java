package dev.errata.kernels.machine;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** A function that this processor runs. */
final class NativeRoutine implements Routine {
    private static final MethodHandle CALL = handle();

    private final MemorySegment code;

    NativeRoutine(long address) {
        code = MemorySegment.ofAddress(address);
    }

    @SuppressWarnings("restricted") // only functions made by Assembler are called
    private static MethodHandle handle() {
        var n = ValueLayout.JAVA_LONG;
        return Linker.nativeLinker()
                .downcallHandle(FunctionDescriptor.ofVoid(n, n, n, n, n, n, n, n, n, n), Linker.Option.critical(false));
    }

    @Override
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
