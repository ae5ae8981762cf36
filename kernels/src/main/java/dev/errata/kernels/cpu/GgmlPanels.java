package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.ggml.GgmlBlocks;
import dev.errata.tensor.ggml.GgmlType;
import dev.errata.tensor.ggml.SixBitScales;

/**
 * Brings blocks of a GGUF file into panels: codes in planes of as many bits, F16 scales and the small integers of sub-blocks
 * as they are, so that a panel takes what the blocks take, but for 6-bit scales, which get 8.
 */
final class GgmlPanels {
    private static final int BLOCK = 32;
    private static final int SUPER_BLOCK = 256;
    private static final float[] NUMBERS = {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15};
    private static final float[] AROUND_ZERO = {-8, -7, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 7};

    private final GgmlType type;
    private final int in;
    private final int panels;
    /** Blocks of a unit. */
    private final int together;

    private final PanelUnits units;
    private Plane low;
    private Plane high;
    private Plane blockScales;
    private Plane blockMinima;
    private Plane scales;
    private Plane minima;
    private final CodedPanels form;

    GgmlPanels(GgmlType type, int in, int panels, DType dtype) {
        this.type = type;
        this.in = in;
        this.panels = panels;
        int blocks = in / type.blockSize();
        this.together = type.blockSize() == BLOCK ? PanelUnits.runs(blocks) : 1;
        this.units = new PanelUnits(blocks / together);
        this.form = switch (type) {
            case Q4_0 -> simple(4, 0, AROUND_ZERO, 0, false, dtype);
            case Q4_1 -> simple(4, 0, NUMBERS, 0, true, dtype);
            case Q5_0 -> simple(4, 1, null, 16, false, dtype);
            case Q5_1 -> simple(4, 1, null, 0, true, dtype);
            case Q8_0 -> simple(8, 0, null, 0, false, dtype);
            case IQ4_NL -> simple(4, 0, GgmlBlocks.levels(), 0, false, dtype);
            case Q2_K -> nested(2, 0, null, 0, 16, 4, true, dtype);
            case Q3_K -> nested(2, 1, null, 4, 16, 8, false, dtype);
            case Q4_K -> nested(4, 0, NUMBERS, 0, 32, 8, true, dtype);
            case Q5_K -> nested(4, 1, null, 0, 32, 8, true, dtype);
            case Q6_K -> nested(4, 2, null, 32, 16, 8, false, dtype);
            case IQ4_XS -> nested(4, 0, GgmlBlocks.levels(), 0, 32, 8, false, dtype);
            case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no blocks");
        };
    }

    CodedPanels form() {
        return form;
    }

    /** Bytes of all panels. */
    long bytes() {
        return units.bytes(panels);
    }

    /** Scales come first, as they are needed first. */
    private CodedPanels simple(int lowBits, int highBits, float[] table, int offset, boolean minimum, DType dtype) {
        blockScales = units.plane(together, 16);
        blockMinima = minimum ? units.plane(together, 16) : null;
        low = units.plane(together * BLOCK, lowBits);
        high = highBits == 0 ? null : units.plane(together * BLOCK, highBits);
        return new CodedPanels(BLOCK, low, high, table, offset, new RunScales.Halves(blockScales, blockMinima), dtype);
    }

    private CodedPanels nested(
            int lowBits,
            int highBits,
            float[] table,
            int offset,
            int run,
            int scaleBits,
            boolean minimum,
            DType dtype) {
        int perBlock = SUPER_BLOCK / run;
        blockScales = units.plane(1, 16);
        blockMinima = minimum ? units.plane(1, 16) : null;
        scales = units.plane(perBlock, scaleBits);
        minima = minimum ? units.plane(perBlock, scaleBits) : null;
        low = units.plane(SUPER_BLOCK, lowBits);
        high = highBits == 0 ? null : units.plane(SUPER_BLOCK, highBits);
        RunScales both = new RunScales.Products(perBlock, blockScales, blockMinima, scales, minima, !minimum);
        return new CodedPanels(run, low, high, table, offset, both, dtype);
    }

    /** Writes two rows, which become outputs {@code lane} and W + lane of a panel. */
    void pack(long a, long b, long base, int panel, int lane) {
        long shift = base + lane * 4L;
        int blocks = in / type.blockSize();
        for (int block = 0; block < blocks; block++) {
            long at = (long) block * type.blockBytes();
            if (type.blockSize() == BLOCK) {
                simple(a + at, b + at, shift, panel, block);
            } else {
                nested(a + at, b + at, shift, panel, block);
            }
        }
    }

    private void simple(long a, long b, long base, int panel, int block) {
        int k = block * BLOCK;
        long to = low.words(base, panel, k);
        BitFields.shorts(a, b, 1, blockScales.words(base, panel, block));
        int codes = 2;
        if (blockMinima != null) {
            BitFields.shorts(a + 2, b + 2, 1, blockMinima.words(base, panel, block));
            codes += 2;
        }
        if (high != null) {
            int x = Memory.getInt(a + codes);
            int y = Memory.getInt(b + codes);
            BitFields.bits(x, y, high.words(base, panel, k));
            BitFields.bits(x >>> 16, y >>> 16, high.words(base, panel, k + 16));
            codes += 4;
        }
        if (low.bits() == 8) {
            BitFields.bytes(a + codes, b + codes, BLOCK, to);
        } else {
            BitFields.halves(a + codes, b + codes, BLOCK / 2, to, low.words(base, panel, k + BLOCK / 2));
        }
    }

    private void nested(long a, long b, long base, int panel, int block) {
        int k = block * SUPER_BLOCK;
        switch (type) {
            case Q2_K -> {
                blockNumbers(a + 80, b + 80, base, panel, block);
                int run = block * 16;
                BitFields.halves(a, b, 16, scales.words(base, panel, run), minima.words(base, panel, run));
                lowPairs(a + 16, b + 16, low, base, panel, k);
            }
            case Q3_K -> {
                blockNumbers(a + 108, b + 108, base, panel, block);
                upperBits(a, b, base, panel, k);
                lowPairs(a + 32, b + 32, low, base, panel, k);
                for (int run = 0; run < 16; run += 2) {
                    int x = threeBitScales(a + 96, run);
                    int y = threeBitScales(b + 96, run);
                    Memory.setInt(scales.words(base, panel, block * 16 + run), x | y << 8);
                }
            }
            case Q4_K -> {
                blockNumbers(a, b, base, panel, block);
                scalesAndMinima(a + 4, b + 4, base, panel, block);
                lowNibbles(a + 16, b + 16, base, panel, k);
            }
            case Q5_K -> {
                blockNumbers(a, b, base, panel, block);
                scalesAndMinima(a + 4, b + 4, base, panel, block);
                upperBits(a + 16, b + 16, base, panel, k);
                lowNibbles(a + 48, b + 48, base, panel, k);
            }
            case Q6_K -> {
                blockNumbers(a + 208, b + 208, base, panel, block);
                BitFields.bytes(a + 192, b + 192, 16, scales.words(base, panel, block * 16));
                lowPairs(a + 128, b + 128, high, base, panel, k);
                for (int half = 0; half < 2; half++) {
                    for (int part = 0; part < 2; part++) {
                        long codes = half * 64L + part * 32L;
                        int first = k + half * 128 + part * 32;
                        BitFields.halves(
                                a + codes,
                                b + codes,
                                32,
                                low.words(base, panel, first),
                                low.words(base, panel, first + 64));
                    }
                }
            }
            case IQ4_XS -> {
                blockNumbers(a, b, base, panel, block);
                for (int sub = 0; sub < 8; sub++) {
                    long codes = 8 + sub * 16L;
                    int first = k + sub * 32;
                    BitFields.halves(
                            a + codes,
                            b + codes,
                            16,
                            low.words(base, panel, first),
                            low.words(base, panel, first + 16));
                }
                for (int run = 0; run < 8; run += 2) {
                    int x = levelScale(a, run) | levelScale(a, run + 1) << 16;
                    int y = levelScale(b, run) | levelScale(b, run + 1) << 16;
                    Memory.setInt(scales.words(base, panel, block * 8 + run), x | y << 8);
                }
            }
            case F32, F16, BF16, Q4_0, Q4_1, Q5_0, Q5_1, Q8_0, IQ4_NL -> throw new AssertionError(type);
        }
    }

    private void blockNumbers(long a, long b, long base, int panel, int block) {
        BitFields.shorts(a, b, 1, blockScales.words(base, panel, block));
        if (blockMinima != null) {
            BitFields.shorts(a + 2, b + 2, 1, blockMinima.words(base, panel, block));
        }
    }

    /** 128 bytes; in each 32 of them low halves are 32 elements and high halves the next 32. */
    private void lowNibbles(long a, long b, long base, int panel, int k) {
        for (int part = 0; part < 4; part++) {
            long codes = part * 32L;
            int first = k + part * 64;
            BitFields.halves(
                    a + codes, b + codes, 32, low.words(base, panel, first), low.words(base, panel, first + 32));
        }
    }

    /** 64 bytes; bit pair p of byte l in each 32 of them belongs to element 32 p + l of 128. */
    private static void lowPairs(long a, long b, Plane plane, long base, int panel, int k) {
        for (int half = 0; half < 2; half++) {
            for (int pair = 0; pair < 4; pair++) {
                int first = k + half * 128 + pair * 32;
                BitFields.pairOfBytes(a + half * 32L, b + half * 32L, pair, plane.words(base, panel, first));
            }
        }
    }

    /** 32 bytes; bit s of byte l belongs to element 32 s + l. */
    private void upperBits(long a, long b, long base, int panel, int k) {
        for (int bit = 0; bit < 8; bit++) {
            BitFields.bitOfBytes(a, b, bit, high.words(base, panel, k + bit * 32));
        }
    }

    private void scalesAndMinima(long a, long b, long base, int panel, int block) {
        for (int run = 0; run < 8; run += 2) {
            int x = SixBitScales.scale(Memory.ALL, a, run) | SixBitScales.scale(Memory.ALL, a, run + 1) << 16;
            int y = SixBitScales.scale(Memory.ALL, b, run) | SixBitScales.scale(Memory.ALL, b, run + 1) << 16;
            Memory.setInt(scales.words(base, panel, block * 8 + run), x | y << 8);
            x = SixBitScales.min(Memory.ALL, a, run) | SixBitScales.min(Memory.ALL, a, run + 1) << 16;
            y = SixBitScales.min(Memory.ALL, b, run) | SixBitScales.min(Memory.ALL, b, run + 1) << 16;
            Memory.setInt(minima.words(base, panel, block * 8 + run), x | y << 8);
        }
    }

    private static int threeBitScales(long from, int run) {
        int first = SixBitScales.scaleOfQ3(Memory.ALL, from, run) & 0xFF;
        return first | (SixBitScales.scaleOfQ3(Memory.ALL, from, run + 1) & 0xFF) << 16;
    }

    /** The scale of a sub-block of IQ4_XS, −32 to 31, as a byte. */
    private static int levelScale(long block, int sub) {
        int lowers = (Memory.getByte(block + 4 + sub / 2) >>> (4 * (sub % 2))) & 15;
        int uppers = (Memory.getShort(block + 2) >>> (2 * sub)) & 3;
        return (lowers + 16 * uppers - 32) & 0xFF;
    }
}
