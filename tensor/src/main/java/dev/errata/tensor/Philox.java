package dev.errata.tensor;

/**
 * Philox4x32-10, the counter-based generator of Salmon et al., "Parallel Random Numbers: As Easy as 1, 2, 3" (2011).
 * Draw {@code index} of stream {@code stream} under {@code seed} is a pure function of the three.
 */
public final class Philox {
    private static final int ROUNDS = 10;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;
    private static final long MASK = 0xFFFFFFFFL;

    private Philox() {}

    /** 64 bits: the first two words of the block at counter (index, stream). */
    public static long bits(long seed, long stream, long index) {
        return words(seed, stream, index, false);
    }

    /** Two words of a block of four, the second in the upper half: the first ones or the last ones. */
    private static long words(long seed, long stream, long index, boolean last) {
        int c0 = (int) index;
        int c1 = (int) (index >>> 32);
        int c2 = (int) stream;
        int c3 = (int) (stream >>> 32);
        int k0 = (int) seed;
        int k1 = (int) (seed >>> 32);
        for (int round = 0; round < ROUNDS; round++) {
            long p0 = MULTIPLIER_0 * (c0 & MASK);
            long p1 = MULTIPLIER_1 * (c2 & MASK);
            int n0 = (int) (p1 >>> 32) ^ c1 ^ k0;
            int n2 = (int) (p0 >>> 32) ^ c3 ^ k1;
            c1 = (int) p1;
            c3 = (int) p0;
            c0 = n0;
            c2 = n2;
            k0 += WEYL_0;
            k1 += WEYL_1;
        }
        return last ? (c2 & MASK) | ((long) c3 << 32) : (c0 & MASK) | ((long) c1 << 32);
    }

    /**
     * Uniform in [0, 1), a multiple of 2⁻²⁴, as {@link #uniform} but four numbers to a block: the upper 24 bits of word
     * {@code index} mod 4 of the block at counter (⌊index / 4⌋, stream). For masks of many elements.
     */
    public static float uniformOfFour(long seed, long stream, long index) {
        long pair = words(seed, stream, index >>> 2, (index & 2) != 0);
        int word = (int) ((index & 1) == 0 ? pair : pair >>> 32);
        return (word >>> 8) * 0x1p-24f;
    }

    /** Uniform in [0, 1), a multiple of 2⁻²⁴. */
    public static float uniform(long seed, long stream, long index) {
        return (bits(seed, stream, index) >>> 40) * 0x1p-24f;
    }

    /** Uniform in [0, 1), a multiple of 2⁻⁵³. */
    public static double uniformDouble(long seed, long stream, long index) {
        return (bits(seed, stream, index) >>> 11) * 0x1p-53;
    }

    /** Uniform in 0 to bound − 1, by multiplication of 64 random bits. */
    public static int below(long seed, long stream, long index, int bound) {
        return (int) Math.unsignedMultiplyHigh(bits(seed, stream, index), bound);
    }

    /** Standard normal, by Box and Muller with StrictMath, so with the same bits everywhere. */
    public static double normal(long seed, long stream, long index) {
        long bits = bits(seed, stream, index);
        double u = ((bits & MASK) + 0.5) * 0x1p-32;
        double angle = 2 * Math.PI * ((bits >>> 32) * 0x1p-32);
        return StrictMath.sqrt(-2 * StrictMath.log(u)) * StrictMath.cos(angle);
    }

    /** A stream's number from the names and numbers that tell what it is for (FNV-1a over their characters). */
    public static long stream(Object... parts) {
        long hash = 0xCBF29CE484222325L;
        for (Object part : parts) {
            String text = String.valueOf(part);
            for (int i = 0; i < text.length(); i++) {
                hash = (hash ^ text.charAt(i)) * 0x100000001B3L;
            }
            hash = (hash ^ 0xFFFF) * 0x100000001B3L;
        }
        return hash;
    }

    /** The Fisher-Yates permutation of 0 to n − 1 that seed and stream name. */
    public static int[] permutation(long seed, long stream, int n) {
        int[] order = new int[n];
        for (int i = 0; i < n; i++) {
            int j = below(seed, stream, i, i + 1);
            order[i] = order[j];
            order[j] = i;
        }
        return order;
    }
}
