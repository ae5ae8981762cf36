package dev.errata.kernels.sim.check;

/**
 * A fault at its first occurrence.
 *
 * @param line of the PTX file, 0 for a launch
 * @param block its x, y and z in the grid
 * @param thread its x, y and z in the block
 * @param address that was accessed, 0 where there is none
 * @param text what happened, with the instruction
 * @param times how often the same line was found at the same fault
 */
public record Finding(
        FindingKind kind, String kernel, int line, Index block, Index thread, long address, String text, long times) {
    /** A position in a grid or a block. */
    public record Index(int x, int y, int z) {
        @Override
        public String toString() {
            return "(" + x + "," + y + "," + z + ")";
        }
    }

    @Override
    public String toString() {
        String where = line == 0
                ? kernel
                : kernel + " line " + line + ", block " + block + " thread " + thread
                        + (address == 0 ? "" : ", address 0x" + Long.toHexString(address));
        return kind + " in " + where + ": " + text + (times > 1 ? " (" + times + " times)" : "");
    }
}
