package dev.errata.kernels.cuda;

/**
 * A matrix F32 [out, in] on the device for the length of one operator: the weight's own memory, or scratch that goes back
 * to the pool.
 *
 * @param scratch null where the weight is F32 as it is
 */
record WidenedWeight(long address, DeviceMemory scratch, DevicePool pool) implements AutoCloseable {
    @Override
    public void close() {
        if (scratch != null) {
            pool.free(scratch);
        }
    }
}
