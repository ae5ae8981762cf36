package dev.errata.kernels.cuda;

import dev.errata.kernels.cuda.TensorMap.Swizzle;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

/** Encoded maps of bf16 matrices for bulk copies in boxes of rows of 128 bytes; the latest ones are remembered. */
final class TensorMaps {
    /** Elements of a box's row. */
    static final int BOX_COLUMNS = 64;

    private static final int REMEMBERED = 1024;

    private final CudaDriver driver;
    private final Map<TensorMap, MemorySegment> maps = new LinkedHashMap<>(64, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<TensorMap, MemorySegment> eldest) {
            return size() > REMEMBERED;
        }
    };

    TensorMaps(CudaDriver driver) {
        this.driver = driver;
    }

    /**
     * A factor of a product, in boxes of {@code box} of its rows or columns and 64 of its depth.
     *
     * @param span rows or columns of the product
     * @param hasRowsOfK the matrix is [span, depth], else [depth, span]
     */
    MemorySegment factor(DeviceMatrix matrix, boolean hasRowsOfK, int span, int depth, int box) {
        return hasRowsOfK ? map(matrix, span, depth, box) : map(matrix, depth, span, BOX_COLUMNS);
    }

    synchronized MemorySegment map(DeviceMatrix matrix, int rows, int columns, int boxRows) {
        TensorMap map = new TensorMap(
                matrix.address(),
                rows,
                columns,
                (long) matrix.stride() * Short.BYTES,
                boxRows,
                BOX_COLUMNS,
                Swizzle.BYTES_128);
        return maps.computeIfAbsent(map, driver::tensorMap);
    }
}
