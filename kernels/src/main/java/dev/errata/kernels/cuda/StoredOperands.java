package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;
import dev.errata.tensor.Tensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/**
 * Where the tensors of an operator lie while its kernels are launched. BF16 ones lie in their place where the kernel reads
 * them so ({@link #common}, {@link #rounding}), which wants all of them to be BF16. Else F32 ones lie in their place, BF16 and F16
 * ones are widened into scratch, from which those that are written are rounded back.
 */
final class StoredOperands {
    private final ElementwiseKernels elementwise;
    private final DevicePool pool;
    private final long stream;
    private final IdentityHashMap<Tensor, Wide> wide = new IdentityHashMap<>();
    private final Set<Tensor> inPlace = Collections.newSetFromMap(new IdentityHashMap<>());

    /**
     * A tensor's copy.
     *
     * @param filled whether it holds the tensor's elements
     * @param written whether the kernels write to it
     */
    private record Wide(DeviceMemory memory, boolean filled, boolean written) {}

    StoredOperands(ElementwiseKernels elementwise, DevicePool pool, long stream) {
        this.elementwise = elementwise;
        this.pool = pool;
        this.stream = stream;
    }

    /**
     * For kernels that round nowhere but in memory: BF16 if all these are, which then lie in their place until {@link
     * #finish}; else F32.
     */
    Precision common(Tensor... tensors) {
        for (Tensor tensor : tensors) {
            if (tensor.dtype() != DType.BF16) {
                return Precision.F32;
            }
        }
        inPlace.addAll(Arrays.asList(tensors));
        return Precision.BF16;
    }

    /** For kernels that also round between steps where their input is BF16: the same, or {@link Precision#ROUND}. */
    Precision rounding(Tensor input, Tensor... others) {
        if (input.dtype() != DType.BF16) {
            return Precision.F32;
        }
        Tensor[] all = Arrays.copyOf(others, others.length + 1);
        all[others.length] = input;
        return common(all) == Precision.BF16 ? Precision.BF16 : Precision.ROUND;
    }

    /** The address of a tensor that is read. */
    long read(Tensor tensor) {
        return address(tensor, true, false);
    }

    /** The address of a tensor of which every element is written. */
    long write(Tensor tensor) {
        return address(tensor, false, true);
    }

    /** The address of a tensor that is read and written, or written in part. */
    long update(Tensor tensor) {
        return address(tensor, true, true);
    }

    /** The same where a sum is added to what is there, else that of one that is written. */
    long update(Tensor tensor, boolean accumulate) {
        return accumulate ? update(tensor) : write(tensor);
    }

    private long address(Tensor tensor, boolean read, boolean written) {
        if (tensor.dtype() == DType.F32 || inPlace.contains(tensor)) {
            return DeviceMemory.of(tensor);
        }
        Wide known = wide.get(tensor);
        Wide copy = known == null ? new Wide(allocated(tensor), false, false) : known;
        if (read && !copy.filled()) {
            long from = DeviceMemory.of(tensor);
            elementwise.cast(tensor.dtype(), DType.F32, from, copy.memory().address(), tensor.elements(), stream);
        }
        wide.put(tensor, new Wide(copy.memory(), read || copy.filled(), written || copy.written()));
        return copy.memory().address();
    }

    private DeviceMemory allocated(Tensor tensor) {
        if (tensor.dtype() != DType.BF16 && tensor.dtype() != DType.F16) {
            throw new IllegalArgumentException("tensor " + tensor + " is not F32, BF16 or F16");
        }
        return pool.allocate(tensor.elements() * Float.BYTES);
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
        inPlace.clear();
    }
}
