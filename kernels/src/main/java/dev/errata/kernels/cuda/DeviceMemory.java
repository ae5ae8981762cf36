package dev.errata.kernels.cuda;

import dev.errata.tensor.Storage;
import dev.errata.tensor.Tensor;

/** Storage in a device's memory. */
record DeviceMemory(long address, long bytes) implements Storage {
    @Override
    public DeviceMemory slice(long offset, long length) {
        if (offset < 0 || length < 0 || offset + length > bytes) {
            throw new IndexOutOfBoundsException(length + " bytes from " + offset + " of " + bytes);
        }
        return new DeviceMemory(address + offset, length);
    }

    /**
     * The address of a tensor's first element.
     *
     * @throws IllegalStateException if the tensor lies elsewhere or its scope is closed
     */
    static long of(Tensor tensor) {
        if (tensor.storage() instanceof DeviceMemory memory) {
            return memory.address();
        }
        throw new IllegalStateException("tensor " + tensor.name() + " is not in device memory");
    }
}
