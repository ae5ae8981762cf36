package dev.errata.kernels.cuda;

import dev.errata.tensor.DType;

/**
 * A matrix [out, in] on the device for the length of one operator: the weight's own memory, or scratch that goes back to
 * the pool.
 *
 * @param dtype F32 or BF16
 * @param scratch null where the weight is of that type as it is
 */
record WidenedWeight(long address, DType dtype, DeviceMemory scratch, DevicePool pool) implements AutoCloseable {
    TypedMatrix matrix(int columns) {
        return new TypedMatrix(address, columns, dtype);
    }

    @Override
    public void close() {
        if (scratch != null) {
            pool.free(scratch);
        }
    }
}
