package dev.errata.kernels.sim;

import dev.errata.kernels.cuda.TensorMap;
import dev.errata.kernels.sim.machine.TensorDescriptor;
import java.lang.foreign.MemorySegment;

/** Checks tensor maps as {@code cuTensorMapEncodeTiled} does, and writes them for the simulator alone to read. */
final class SimTensorMap {
    private static final int MOST_BOX = 256;
    private static final int ELEMENT = 2;

    private SimTensorMap() {}

    static MemorySegment encode(TensorMap map) {
        String problem = problem(map);
        if (problem != null) {
            throw Failures.invalidValue("a tensor map: " + problem);
        }
        return MemorySegment.ofArray(new TensorDescriptor(
                        map.address(),
                        map.rows(),
                        map.columns(),
                        map.rowBytes(),
                        map.boxRows(),
                        map.boxColumns(),
                        map.swizzle() == TensorMap.Swizzle.BYTES_128)
                .encode());
    }

    private static String problem(TensorMap map) {
        if (map.address() % 16 != 0) {
            return "the address is no multiple of 16";
        }
        if (map.rowBytes() % 16 != 0 || map.rowBytes() <= 0) {
            return "rows of " + map.rowBytes() + " bytes are no multiple of 16";
        }
        if (map.rows() < 1 || map.columns() < 1 || map.rows() > 1L << 32 || map.columns() > 1L << 32) {
            return "an array of " + map.rows() + " x " + map.columns();
        }
        if (map.boxRows() < 1 || map.boxRows() > MOST_BOX || map.boxColumns() < 1 || map.boxColumns() > MOST_BOX) {
            return "a box of " + map.boxRows() + " x " + map.boxColumns();
        }
        int boxBytes = map.boxColumns() * ELEMENT;
        if (boxBytes % 16 != 0) {
            return "box rows of " + boxBytes + " bytes are no multiple of 16";
        }
        return map.swizzle() == TensorMap.Swizzle.BYTES_128 && boxBytes > 128
                ? "box rows of " + boxBytes + " bytes, 128 at most with this swizzle"
                : null;
    }
}
