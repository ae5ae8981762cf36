package dev.errata.kernels.cuda;

/**
 * A two-dimensional bf16 array in device memory and the box that one bulk copy of it moves to shared memory, as
 * {@code cuTensorMapEncodeTiled} takes them. What lies outside of the array reads as zeros and isn't written.
 *
 * @param address of element (0, 0), a multiple of 16
 * @param columns elements of a row, next to each other
 * @param rowBytes from one row to the next, a multiple of 16
 * @param boxColumns at most 64 with {@link Swizzle#BYTES_128}, whose box rows are 128 bytes
 * @param boxRows at most 256
 */
public record TensorMap(
        long address, long rows, long columns, long rowBytes, int boxRows, int boxColumns, Swizzle swizzle) {
    /** How the 16-byte pieces of a box's rows are exchanged in shared memory, so that columns don't share banks. */
    public enum Swizzle {
        NONE,
        BYTES_128
    }
}
