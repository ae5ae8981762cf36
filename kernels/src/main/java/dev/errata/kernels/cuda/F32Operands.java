package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;
import dev.errata.tensor.Tensor;
import java.util.IdentityHashMap;

/**
 * Where the tensors of an operator lie as F32 while its kernels are launched: F32 ones in their place, BF16 and F16 ones
 * widened into scratch, from which those that are written are rounded back.
 */
final class F32Operands {
    private final ElementwiseKernels elementwise;
    private final DevicePool pool;
    private final long stream;
    private final IdentityHashMap<Tensor, Wide> wide = new IdentityHashMap<>();

    private record Wide(DeviceMemory memory, boolean written) {}

    F32Operands(ElementwiseKernels elementwise, DevicePool pool, long stream) {
        this.elementwise = elementwise;
        this.pool = pool;
        this.stream = stream;
    }

    /** The address of a tensor that is read. */
    long read(Tensor tensor) {
        return address(tensor, false);
    }

    /** The address of a tensor that is written, or read and written. */
    long write(Tensor tensor) {
        return address(tensor, true);
    }

    private long address(Tensor tensor, boolean written) {
        if (tensor.dtype() == DType.F32) {
            return DeviceMemory.of(tensor);
        }
        Wide known = wide.get(tensor);
        DeviceMemory memory = known == null ? widened(tensor) : known.memory();
        wide.put(tensor, new Wide(memory, written || (known != null && known.written())));
        return memory.address();
    }

    private DeviceMemory widened(Tensor tensor) {
        if (tensor.dtype() != DType.BF16 && tensor.dtype() != DType.F16) {
            throw new IllegalArgumentException("tensor " + tensor + " is not F32, BF16 or F16");
        }
        DeviceMemory memory = pool.allocate(tensor.elements() * Float.BYTES);
        elementwise.cast(
                tensor.dtype(), DType.F32, DeviceMemory.of(tensor), memory.address(), tensor.elements(), stream);
        return memory;
    }

    /** To be called when all kernels of the operator were launched. */
    void finish() {
        wide.forEach((tensor, copy) -> {
            if (copy.written()) {
                long from = copy.memory().address();
                elementwise.cast(DType.F32, tensor.dtype(), from, DeviceMemory.of(tensor), tensor.elements(), stream);
            }
            pool.free(copy.memory());
        });
        wide.clear();
    }
}
