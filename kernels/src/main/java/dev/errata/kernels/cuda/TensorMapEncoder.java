package dev.errata.kernels.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;

/** {@code cuTensorMapEncodeTiled} of the driver library, which JCuda 12.6 lacks (CUDA driver API, tensor map objects). */
final class TensorMapEncoder {
    static final int BYTES = 128;
    static final int ALIGNMENT = 64;

    private static final int BFLOAT16 = 9;
    private static final int NO_INTERLEAVE = 0;
    private static final int SWIZZLE_NONE = 0;
    private static final int SWIZZLE_128 = 3;
    private static final int PROMOTE_TO_128 = 2;
    private static final int FILL_ZEROS = 0;

    private MethodHandle function;

    /** CUDA's result code, 0 for success. */
    synchronized int encode(TensorMap map, MemorySegment encoded) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment sizes = arena.allocateFrom(ValueLayout.JAVA_LONG, map.columns(), map.rows());
            MemorySegment strides = arena.allocateFrom(ValueLayout.JAVA_LONG, map.rowBytes());
            MemorySegment box = arena.allocateFrom(ValueLayout.JAVA_INT, map.boxColumns(), map.boxRows());
            MemorySegment steps = arena.allocateFrom(ValueLayout.JAVA_INT, 1, 1);
            int swizzle = switch (map.swizzle()) {
                case NONE -> SWIZZLE_NONE;
                case BYTES_128 -> SWIZZLE_128;
            };
            return (int) function()
                    .invokeExact(
                            encoded,
                            BFLOAT16,
                            2,
                            MemorySegment.ofAddress(map.address()),
                            sizes,
                            strides,
                            box,
                            steps,
                            NO_INTERLEAVE,
                            swizzle,
                            PROMOTE_TO_128,
                            FILL_ZEROS);
        } catch (RuntimeException | Error e) {
            throw e;
        } catch (Throwable e) {
            throw new IllegalStateException("cuTensorMapEncodeTiled can't be called", e);
        }
    }

    @SuppressWarnings("restricted")
    private MethodHandle function() {
        if (function == null) {
            MemorySegment symbol = SymbolLookup.libraryLookup("libcuda.so.1", Arena.global())
                    .find("cuTensorMapEncodeTiled")
                    .orElseThrow(() -> new CudaException(
                            "CUDA_ERROR_NOT_FOUND", "cuTensorMapEncodeTiled, which drivers have from 12.0 on"));
            var pointer = ValueLayout.ADDRESS;
            var integer = ValueLayout.JAVA_INT;
            function = Linker.nativeLinker()
                    .downcallHandle(
                            symbol,
                            FunctionDescriptor.of(
                                    integer, pointer, integer, integer, pointer, pointer, pointer, pointer, pointer,
                                    integer, integer, integer, integer));
        }
        return function;
    }
}
