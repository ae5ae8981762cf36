package dev.errata.kernels.sim.isa;

/**
 * Where a {@code wgmma} operand of 16-bit elements lies in shared memory ("Shared Memory Matrix Layout"). Rows are those
 * of A, or the columns of B; the other side is k. Within rows of the swizzle's width, k is contiguous, or, transposed,
 * the rows are.
 *
 * @param leading bytes from one group of the contiguous side to the next
 * @param stride bytes from 8 lines of the other side to the next 8
 * @param width bytes of a line: 128, 64 or 32 with a swizzle, 16 without
 */
record MatrixDescriptor(int start, int leading, int stride, int width, boolean transposed) {
    private static final int ELEMENT = 2;
    private static final int FIELD = 0x3FFF;

    static MatrixDescriptor decode(long bits, boolean transposed) {
        int width = switch ((int) (bits >>> 62)) {
            case 1 -> 128;
            case 2 -> 64;
            case 3 -> 32;
            default -> 16;
        };
        return new MatrixDescriptor(
                ((int) bits & FIELD) << 4,
                ((int) (bits >>> 16) & FIELD) << 4,
                ((int) (bits >>> 32) & FIELD) << 4,
                width,
                transposed);
    }

    /** Transposed operands without a swizzle have a layout that no kernel here shows. */
    boolean isKnown() {
        return !transposed || width > 16;
    }

    /** The address of 8 elements along the contiguous side. */
    int address(int row, int k) {
        int along = transposed ? row : k;
        int across = transposed ? k : row;
        int perLine = width / ELEMENT;
        int linear = start
                + across / 8 * stride
                + across % 8 * width
                + along / perLine * leading
                + along % perLine * ELEMENT;
        return linear ^ swizzle(linear);
    }

    /** Bits 4 and on change by bits 7 and on: 3, 2 or 1 of them. */
    private int swizzle(int address) {
        return (address >>> 7 & (width / 16 - 1)) << 4;
    }
}
