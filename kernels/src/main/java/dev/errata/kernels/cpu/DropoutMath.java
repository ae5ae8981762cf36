package dev.errata.kernels.cpu;

import dev.errata.tensor.Philox;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The masks of dropout as bits: {@link Philox#uniformOfFour}, bit for bit, for two long vectors of counters at a time, in
 * the low halves of their lanes. Each block gives four elements.
 */
final class DropoutMath {
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final VectorSpecies<Long> L = LongVector.SPECIES_PREFERRED;
    private static final int HALF = L.length();
    /** Elements that two vectors of counters are drawn for: a power of two, at most 64. */
    private static final int DRAWN = 8 * HALF;

    private static final int ROUNDS = 10;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;
    private static final long MASK = 0xFFFFFFFFL;
    private static final long EVERY_FOURTH = 0x1111_1111_1111_1111L;

    private DropoutMath() {}

    /**
     * What the masks depend on.
     *
     * @param least what a word must be at least for its element to be kept, of which the upper 24 bits count
     * @param keep 1 / (1 − p)
     */
    record Settings(long seed, long stream, long least, float keep) {
        static Settings of(long seed, long stream, float p) {
            return new Settings(seed, stream, (long) Math.ceil(p * 0x1p24) << 8, 1 / (1 - p));
        }

        boolean leastFitsWord() {
            return least <= MASK;
        }
    }

    /** Words of bits that are drawn for so many elements, and one more, so that 64 bits may be read from any element on. */
    static int words(int count) {
        return (count + 3) / 64 + 2;
    }

    /** Bit i of the words at kept: whether element i of the blocks at counters {@code block} and following is kept, for i below count. */
    static void draw(Settings of, long block, int count, long kept, Scratch mine) {
        int groups = (count + DRAWN - 1) / DRAWN;
        long[] words = mine.words(groups * DRAWN);
        words(of.seed, of.stream, block, groups, words);
        bits(words, groups, of.least, kept);
    }

    /** Takes the first bits away, so that {@code count} others come first. */
    static void shift(long kept, int bits, int count) {
        if (bits == 0) {
            return;
        }
        for (int i = 0; i * 64 < count; i++) {
            long at = kept + i * 8L;
            Memory.setLong(at, Memory.getLong(at) >>> bits | Memory.getLong(at + 8) << (64 - bits));
        }
    }

    /**
     * The blocks at counters first and following, two vectors of them a group: words[g][w][l] is word w / 2 of block w mod 2
     * · HALF + l of the group, with anything in its upper half. Their bits are made by another method: here the compiler would box.
     */
    private static void words(long seed, long stream, long first, int groups, long[] words) {
        LongVector lanes = LongVector.zero(L).addIndex(1);
        for (int g = 0; g < groups; g++) {
            long at = first + 2L * HALF * g;
            LongVector a0 = lanes.add(at);
            LongVector b0 = lanes.add(at + HALF);
            LongVector a1 = a0.lanewise(VectorOperators.LSHR, 32);
            LongVector b1 = b0.lanewise(VectorOperators.LSHR, 32);
            LongVector a2 = LongVector.broadcast(L, stream);
            LongVector b2 = a2;
            LongVector a3 = LongVector.broadcast(L, stream >>> 32);
            LongVector b3 = a3;
            int k0 = (int) seed;
            int k1 = (int) (seed >>> 32);
            for (int round = 0; round < ROUNDS; round++) {
                LongVector p = a0.and(MASK).mul(MULTIPLIER_0);
                LongVector q = a2.and(MASK).mul(MULTIPLIER_1);
                a0 = q.lanewise(VectorOperators.LSHR, 32)
                        .lanewise(VectorOperators.XOR, a1)
                        .lanewise(VectorOperators.XOR, k0);
                a2 = p.lanewise(VectorOperators.LSHR, 32)
                        .lanewise(VectorOperators.XOR, a3)
                        .lanewise(VectorOperators.XOR, k1);
                a1 = q;
                a3 = p;
                p = b0.and(MASK).mul(MULTIPLIER_0);
                q = b2.and(MASK).mul(MULTIPLIER_1);
                b0 = q.lanewise(VectorOperators.LSHR, 32)
                        .lanewise(VectorOperators.XOR, b1)
                        .lanewise(VectorOperators.XOR, k0);
                b2 = p.lanewise(VectorOperators.LSHR, 32)
                        .lanewise(VectorOperators.XOR, b3)
                        .lanewise(VectorOperators.XOR, k1);
                b1 = q;
                b3 = p;
                k0 += WEYL_0;
                k1 += WEYL_1;
            }
            int to = g * DRAWN;
            a0.intoArray(words, to);
            b0.intoArray(words, to + HALF);
            a1.intoArray(words, to + 2 * HALF);
            b1.intoArray(words, to + 3 * HALF);
            a2.intoArray(words, to + 4 * HALF);
            b2.intoArray(words, to + 5 * HALF);
            a3.intoArray(words, to + 6 * HALF);
            b3.intoArray(words, to + 7 * HALF);
        }
    }

    /** Bit 4b + w of the words at kept: whether word w of block b is at least {@code least}. */
    private static void bits(long[] words, int groups, long least, long kept) {
        for (int g = 0; g < groups; g++) {
            int from = g * DRAWN;
            long bits = 0;
            for (int w = 0; w < 4; w++) {
                int at = from + w * 2 * HALF;
                long blocks = atLeast(words, at, least) | atLeast(words, at + HALF, least) << HALF;
                bits |= Long.expand(blocks, EVERY_FOURTH << w);
            }
            long word = kept + (from >> 6) * 8L;
            Memory.setLong(word, (from & 63) == 0 ? bits : Memory.getLong(word) | bits << (from & 63));
        }
    }

    private static long atLeast(long[] words, int at, long least) {
        return LongVector.fromArray(L, words, at)
                .and(MASK)
                .compare(VectorOperators.GE, least)
                .toLong();
    }

    /** out = (or +=) x · keep where the bit of an element says so, else 0. */
    static void apply(long kept, float keep, long x, int count, long out, boolean adds) {
        int whole = Lanes.floor(count);
        if (adds) {
            add(kept, keep, x, whole, out);
        } else {
            store(kept, keep, x, whole, out);
        }
        for (int i = whole; i < count; i++) {
            boolean isKept = (Memory.getLong(kept + (i >> 6) * 8L) >>> (i & 63) & 1) != 0;
            float dropped = isKept ? Memory.get(x + i * 4L) * keep : 0;
            Memory.set(out + i * 4L, adds ? Memory.get(out + i * 4L) + dropped : dropped);
        }
    }

    private static void store(long kept, float keep, long x, int count, long out) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            VectorMask<Float> dropped = VectorMask.fromLong(S, ~(Memory.getLong(kept + (i >> 6) * 8L) >>> (i & 63)));
            FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER)
                    .mul(keep)
                    .blend(0f, dropped)
                    .intoMemorySegment(Memory.ALL, out + i * 4L, Lanes.ORDER);
        }
    }

    private static void add(long kept, float keep, long x, int count, long out) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            VectorMask<Float> dropped = VectorMask.fromLong(S, ~(Memory.getLong(kept + (i >> 6) * 8L) >>> (i & 63)));
            FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER)
                    .mul(keep)
                    .blend(0f, dropped)
                    .add(FloatVector.fromMemorySegment(S, Memory.ALL, out + i * 4L, Lanes.ORDER))
                    .intoMemorySegment(Memory.ALL, out + i * 4L, Lanes.ORDER);
        }
    }

    /**
     * to[at + i · width + j] = x[i][j] · keep where bit j of the row's bits is set, else 0.
     *
     * @param kept the first row's bits; those of others are {@code words} of 64 bits apart
     * @param stride bytes from a row of x to the next
     * @param width a multiple of the lanes that divides 64
     */
    static void panel(long kept, int words, float keep, long x, long stride, int rows, int width, float[] to, int at) {
        for (int j = 0; j < width; j += Lanes.COUNT) {
            for (int i = 0; i < rows; i++) {
                VectorMask<Float> dropped =
                        VectorMask.fromLong(S, ~(Memory.getLong(kept + (long) i * words * 8) >>> j));
                FloatVector.fromMemorySegment(S, Memory.ALL, x + i * stride + j * 4L, Lanes.ORDER)
                        .mul(keep)
                        .blend(0f, dropped)
                        .intoArray(to, at + i * width + j);
            }
        }
    }
}
