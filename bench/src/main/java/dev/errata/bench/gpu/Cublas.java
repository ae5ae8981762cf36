package dev.errata.bench.gpu;

import dev.errata.tensor.RunFailedException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;

/**
 * NVIDIA's cuBLAS as a yardstick of matrix products, never as part of the engine: the machine's own {@code
 * libcublas.so}, called through the foreign function API on the context that is current. Works on the null stream.
 */
final class Cublas implements AutoCloseable {
    private static final int BF16 = 14;
    private static final int COMPUTE_F32 = 68;
    private static final int DEFAULT_ALGORITHM = -1;
    private static final int PLAIN = 0;
    private static final int TRANSPOSED = 1;

    private final Arena arena = Arena.ofConfined();
    private final MethodHandle gemm;
    private final MethodHandle destroy;
    private final MemorySegment handle;
    private final MemorySegment one;
    private final MemorySegment zero;

    /**
     * @param library {@code libcublas.so.12}, {@code .13} or the like
     */
    @SuppressWarnings("restricted")
    Cublas(Path library) {
        SymbolLookup symbols = SymbolLookup.libraryLookup(library, arena);
        var pointer = ValueLayout.ADDRESS;
        var integer = ValueLayout.JAVA_INT;
        MethodHandle create = function(symbols, "cublasCreate_v2", pointer);
        destroy = function(symbols, "cublasDestroy_v2", pointer);
        gemm = function(
                symbols,
                "cublasGemmEx",
                pointer,
                integer,
                integer,
                integer,
                integer,
                integer,
                pointer,
                pointer,
                integer,
                integer,
                pointer,
                integer,
                integer,
                pointer,
                pointer,
                integer,
                integer,
                integer,
                integer);
        MemorySegment holder = arena.allocate(pointer);
        try {
            check((int) create.invokeExact(holder), "cublasCreate");
        } catch (Throwable e) {
            throw failed(e);
        }
        handle = holder.get(pointer, 0);
        one = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1);
        zero = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 0);
    }

    /** c [m, n] = a [m, k] · bᵀ with b [n, k]; all bf16 and row-major, sums in f32. */
    void productNT(long a, long b, long c, int m, int n, int k) {
        // cuBLAS is column-major, so it computes cᵀ [n, m] = b · aᵀ.
        run(TRANSPOSED, PLAIN, n, m, k, b, k, a, k, c, n);
    }

    private void run(int opA, int opB, int m, int n, int k, long a, int lda, long b, int ldb, long c, int ldc) {
        try {
            int result = (int) gemm.invokeExact(
                    handle,
                    opA,
                    opB,
                    m,
                    n,
                    k,
                    one,
                    MemorySegment.ofAddress(a),
                    BF16,
                    lda,
                    MemorySegment.ofAddress(b),
                    BF16,
                    ldb,
                    zero,
                    MemorySegment.ofAddress(c),
                    BF16,
                    ldc,
                    COMPUTE_F32,
                    DEFAULT_ALGORITHM);
            check(result, "cublasGemmEx");
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    @Override
    public void close() {
        try {
            check((int) destroy.invokeExact(handle), "cublasDestroy");
        } catch (Throwable e) {
            throw failed(e);
        } finally {
            arena.close();
        }
    }

    @SuppressWarnings("restricted")
    private static MethodHandle function(SymbolLookup symbols, String name, MemoryLayout... arguments) {
        return Linker.nativeLinker()
                .downcallHandle(symbols.findOrThrow(name), FunctionDescriptor.of(ValueLayout.JAVA_INT, arguments));
    }

    private static void check(int status, String call) {
        if (status != 0) {
            throw new RunFailedException("cuBLAS failed", call + ", status " + status, "leave the yardstick out");
        }
    }

    private static RuntimeException failed(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof RuntimeException known ? known : new IllegalStateException("cuBLAS can't be called", e);
    }
}
