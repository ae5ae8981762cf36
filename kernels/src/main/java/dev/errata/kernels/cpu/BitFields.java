package dev.errata.kernels.cpu;

/**
 * Moves the codes of two rows of a stored weight, a and b, into their words of a {@link Plane}: those of a to the lower
 * place of each step, those of b to the upper. {@code to} is the address of their lane in the words of the first step.
 */
final class BitFields {
    private static final long WORDS = Lanes.COUNT * 4L;
    private static final int LOW_NIBBLES = 0x0F0F_0F0F;
    private static final int HIGH_NIBBLES = 0xF0F0_F0F0;
    private static final int EVEN_BITS = 0x5555_5555;
    private static final int EVEN_PAIRS = 0x3333_3333;
    private static final long BIT_OF_EACH_BYTE = 0x0101_0101_0101_0101L;
    private static final long PAIR_OF_EACH_BYTE = 0x0303_0303_0303_0303L;

    private BitFields() {}

    /** Bytes of which the low halves are one run of codes and the high halves another; a multiple of 4. */
    static void halves(long a, long b, int bytes, long toLow, long toHigh) {
        for (int i = 0; i < bytes; i += 4) {
            int x = Memory.getInt(a + i);
            int y = Memory.getInt(b + i);
            long word = i / 4 * WORDS;
            Memory.setInt(toLow + word, (x & LOW_NIBBLES) | (y & LOW_NIBBLES) << 4);
            Memory.setInt(toHigh + word, (x >>> 4 & LOW_NIBBLES) | (y & HIGH_NIBBLES));
        }
    }

    /** Bytes of two codes each, the first in the high half; a multiple of 2. */
    static void pairs(long a, long b, int bytes, long to) {
        for (int i = 0; i < bytes; i += 2) {
            int x = inOrder(Memory.getShort(a + i));
            int y = inOrder(Memory.getShort(b + i));
            Memory.setInt(to + i / 2 * WORDS, x | y << 4);
        }
    }

    /** Four codes of two bytes, each in the low half of a byte. */
    private static int inOrder(int bytes) {
        int swapped = (bytes & 0x0F0F) << 4 | (bytes >>> 4 & 0x0F0F);
        return (swapped & 0xF) | (swapped & 0xF0) << 4 | (swapped & 0xF00) << 8 | (swapped & 0xF000) << 12;
    }

    /** Codes of a byte each; a multiple of 2. */
    static void bytes(long a, long b, int bytes, long to) {
        for (int i = 0; i < bytes; i += 2) {
            int x = Memory.getShort(a + i);
            int y = Memory.getShort(b + i);
            Memory.setInt(to + i / 2 * WORDS, (x & 0xFF) | (y & 0xFF) << 8 | (x & 0xFF00) << 8 | (y & 0xFF00) << 16);
        }
    }

    /** Codes of two bytes each. */
    static void shorts(long a, long b, int count, long to) {
        for (int i = 0; i < count; i++) {
            Memory.setInt(to + i * WORDS, (Memory.getShort(a + i * 2L) & 0xFFFF) | Memory.getShort(b + i * 2L) << 16);
        }
    }

    /** Sixteen codes of a bit. */
    static void bits(int a, int b, long to) {
        Memory.setInt(to, Integer.expand(a, EVEN_BITS) | Integer.expand(b, EVEN_BITS) << 1);
    }

    /** Codes of a bit: bit {@code index} of each of 32 bytes. */
    static void bitOfBytes(long a, long b, int index, long to) {
        for (int i = 0; i < 32; i += 16) {
            bits(bitOf16(a + i, index), bitOf16(b + i, index), to + i / 16 * WORDS);
        }
    }

    private static int bitOf16(long from, int index) {
        long first = Long.compress(Memory.getLong(from) >>> index, BIT_OF_EACH_BYTE);
        long second = Long.compress(Memory.getLong(from + 8) >>> index, BIT_OF_EACH_BYTE);
        return (int) (first | second << 8);
    }

    /** Codes of two bits: pair {@code index} of each of 32 bytes. */
    static void pairOfBytes(long a, long b, int index, long to) {
        for (int i = 0; i < 32; i += 8) {
            int x = (int) Long.compress(Memory.getLong(a + i) >>> (2 * index), PAIR_OF_EACH_BYTE);
            int y = (int) Long.compress(Memory.getLong(b + i) >>> (2 * index), PAIR_OF_EACH_BYTE);
            Memory.setInt(to + i / 8 * WORDS, Integer.expand(x, EVEN_PAIRS) | (Integer.expand(y, EVEN_PAIRS) << 2));
        }
    }
}
