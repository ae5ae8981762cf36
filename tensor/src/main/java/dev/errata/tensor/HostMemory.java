package dev.errata.tensor;

import java.lang.foreign.MemorySegment;

/** Storage in the memory of this process: what the reference and the CPU backend use, and what files are mapped to. */
public record HostMemory(MemorySegment segment) implements Storage {
    @Override
    public long bytes() {
        return segment.byteSize();
    }

    @Override
    public HostMemory slice(long offset, long bytes) {
        return new HostMemory(segment.asSlice(offset, bytes));
    }

    /**
     * The memory of a tensor, for backends that run on the host.
     *
     * @throws IllegalStateException if the tensor lies elsewhere, its scope is closed, or it lies over memory that is gone,
     *     as of a mapped file that was closed: kernels go by addresses and would end the process
     */
    public static MemorySegment of(Tensor tensor) {
        if (tensor.storage() instanceof HostMemory(MemorySegment memory)) {
            if (!memory.scope().isAlive()) {
                throw new IllegalStateException(
                        "tensor " + tensor.name() + " is used after the memory that it lies over was given back");
            }
            return memory;
        }
        throw new IllegalStateException("tensor " + tensor.name() + " is not in host memory");
    }
}
