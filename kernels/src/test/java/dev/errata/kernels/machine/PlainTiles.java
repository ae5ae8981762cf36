package dev.errata.kernels.machine;

import java.util.Arrays;
import java.util.List;

/**
 * AMX's tiles in plain Java, as Intel's manual (SDM, volume 2, and volume 1, chapter 18) has them: what would be a fault on a processor
 * is an error here, and nothing is taken for granted about a tile that has no shape.
 */
final class PlainTiles {
    private static final int ROWS = 16;
    private static final int WORDS = 16;
    private static final int SHAPES = 64;
    /** Shapes of 16 tiles fit into 64 bytes; there are eight. */
    private static final int NAMES = 16;

    private final int[][] tiles = new int[Tmm.COUNT][ROWS * WORDS];
    private final int[] rows = new int[Tmm.COUNT];
    private final int[] bytes = new int[Tmm.COUNT];
    private boolean inUse;

    boolean areInUse() {
        return inUse;
    }

    void step(MachineInstruction instruction, PlainProcessor processor) {
        List<MachineOperand> o = instruction.operands();
        switch (instruction.mnemonic()) {
            case LDTILECFG -> shapes(processor.address((Address) o.getFirst()), processor);
            case TILERELEASE -> release();
            case TILEZERO -> Arrays.fill(tiles[shaped(o.getFirst(), processor)], 0);
            case TILELOADD -> {
                int tile = shaped(o.getFirst(), processor);
                Arrays.fill(tiles[tile], 0);
                rows(tile, (Address) o.getLast(), processor, (at, i) -> tiles[tile][i] = processor.load(at));
            }
            case TILESTORED -> {
                int tile = shaped(o.getLast(), processor);
                rows(tile, (Address) o.getFirst(), processor, (at, i) -> processor.store(at, tiles[tile][i]));
            }
            case TDPBF16PS, TDPBSSD -> product(instruction.mnemonic(), o, processor);
            default -> throw new AssertionError(instruction);
        }
    }

    private void release() {
        inUse = false;
        for (int[] tile : tiles) {
            Arrays.fill(tile, 0);
        }
        Arrays.fill(rows, 0);
        Arrays.fill(bytes, 0);
    }

    /** What is no valid palette or shape is a general protection fault. */
    private void shapes(long from, PlainProcessor processor) {
        byte[] all = new byte[SHAPES];
        for (int i = 0; i < SHAPES; i += 4) {
            int word = processor.load(from + i);
            for (int j = 0; j < 4; j++) {
                all[i + j] = (byte) (word >>> (8 * j));
            }
        }
        release();
        if (all[0] != 1) {
            throw processor.fault("palette " + all[0]);
        }
        for (int i = 1; i < NAMES; i++) {
            if (all[i] != 0) {
                throw processor.fault("byte " + i + " of the shapes isn't 0");
            }
        }
        for (int t = 0; t < NAMES; t++) {
            int wide = (all[16 + 2 * t] & 0xFF) | ((all[17 + 2 * t] & 0xFF) << 8);
            int high = all[48 + t] & 0xFF;
            boolean is = t < Tmm.COUNT ? wide <= 4 * WORDS && high <= ROWS : wide == 0 && high == 0;
            if (!is || (wide == 0) != (high == 0)) {
                throw processor.fault("tile " + t + " of " + high + " rows and " + wide + " bytes");
            }
            if (t < Tmm.COUNT) {
                rows[t] = high;
                bytes[t] = wide;
            }
        }
        inUse = true;
    }

    private interface Word {
        void at(long address, int i);
    }

    private void rows(int tile, Address memory, PlainProcessor processor, Word word) {
        long stride = processor.general[memory.index().number()] * memory.scale();
        long first = processor.general[memory.base().number()] + memory.displacement();
        if (bytes[tile] % 4 != 0) {
            throw processor.fault("rows that are no whole words are not in use here");
        }
        for (int row = 0; row < rows[tile]; row++) {
            for (int i = 0; i < bytes[tile] / 4; i++) {
                word.at(first + row * stride + i * 4L, row * WORDS + i);
            }
        }
    }

    private void product(Mnemonic mnemonic, List<MachineOperand> o, PlainProcessor processor) {
        int sum = shaped(o.getFirst(), processor);
        int a = shaped(o.get(1), processor);
        int b = shaped(o.get(2), processor);
        if (sum == a || sum == b || a == b) {
            throw processor.fault("one tile twice");
        }
        if (rows[sum] != rows[a] || bytes[sum] != bytes[b] || bytes[a] != 4 * rows[b] || bytes[b] % 4 != 0) {
            throw processor.fault("tiles that don't go together");
        }
        for (int row = 0; row < rows[sum]; row++) {
            for (int column = 0; column < bytes[sum] / 4; column++) {
                int at = row * WORDS + column;
                tiles[sum][at] = mnemonic == Mnemonic.TDPBSSD
                        ? tiles[sum][at] + signed(a, b, row, column)
                        : PlainProcessor.bits(bf16(PlainProcessor.f(tiles[sum][at]), a, b, row, column));
            }
        }
    }

    private int signed(int a, int b, int row, int column) {
        int sum = 0;
        for (int k = 0; k < rows[b]; k++) {
            int x = tiles[a][row * WORDS + k];
            int y = tiles[b][k * WORDS + column];
            for (int shift = 0; shift < 32; shift += 8) {
                sum += (byte) (x >>> shift) * (byte) (y >>> shift);
            }
        }
        return sum;
    }

    /**
     * Elements 2 k and 2 k + 1 are added up apart, from 0, each by fused operations to the nearest; both sums together, rounded, go to
     * what is there. All numbers too small to be normal count as 0 (SDM, TDPBF16PS).
     */
    private float bf16(float before, int a, int b, int row, int column) {
        float even = 0;
        float odd = 0;
        for (int k = 0; k < rows[b]; k++) {
            int x = tiles[a][row * WORDS + k];
            int y = tiles[b][k * WORDS + column];
            even = add(even, x << 16, y << 16);
            odd = add(odd, x & 0xFFFF_0000, y & 0xFFFF_0000);
        }
        return PlainProcessor.normal(PlainProcessor.normal(before) + PlainProcessor.normal(even + odd));
    }

    private static float add(float sum, int x, int y) {
        float a = PlainProcessor.normal(PlainProcessor.f(x));
        float b = PlainProcessor.normal(PlainProcessor.f(y));
        return PlainProcessor.normal(Math.fma(a, b, sum));
    }

    /** A tile without a shape is an undefined instruction. */
    private int shaped(MachineOperand operand, PlainProcessor processor) {
        int tile = ((Tmm) operand).number();
        if (!inUse || rows[tile] == 0) {
            throw processor.fault(operand + " has no shape");
        }
        return tile;
    }
}
