package dev.errata.kernels.cpu;

import dev.errata.tensor.Philox;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.LongVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The masks of dropout: {@link Philox} for one float vector of counters at a time, in the low halves of 64-bit lanes. What
 * it draws is what {@link Philox#uniform} draws, bit for bit.
 */
final class DropoutMath {
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final VectorSpecies<Long> L = LongVector.SPECIES_PREFERRED;
    private static final int HALF = L.length();

    private static final int ROUNDS = 10;
    private static final long MULTIPLIER_0 = 0xD2511F53L;
    private static final long MULTIPLIER_1 = 0xCD9E8D57L;
    private static final int WEYL_0 = 0x9E3779B9;
    private static final int WEYL_1 = 0xBB67AE85;
    private static final long MASK = 0xFFFFFFFFL;

    private DropoutMath() {}

    /** out = x · keep where the number drawn for the element is at least p, else 0; {@code first} counts the elements before. */
    static void apply(Settings op, long first, int count, long x, long out, long[] kept) {
        int whole = Lanes.floor(count);
        long least = (long) Math.ceil(op.p * 0x1p24);
        draw(op.seed, op.stream, first, whole / Lanes.COUNT, least, kept);
        multiply(x, op.keep, whole, kept, out);
        for (int i = whole; i < count; i++) {
            float drawn = Philox.uniform(op.seed, op.stream, first + i);
            Memory.set(out + i * 4L, drawn < op.p ? 0 : Memory.get(x + i * 4L) * op.keep);
        }
    }

    /** What the masks depend on, and the factor 1 / (1 − p). */
    record Settings(long seed, long stream, float p, float keep) {}

    /** Bit l of kept[g]: whether the 24 bits drawn for element first + g · lanes + l are at least {@code least}. */
    private static void draw(long seed, long stream, long first, int groups, long least, long[] kept) {
        LongVector lanes = LongVector.zero(L).addIndex(1);
        for (int g = 0; g < groups; g++) {
            long at = first + (long) g * Lanes.COUNT;
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
            long low = a1.and(MASK)
                    .lanewise(VectorOperators.LSHR, 8)
                    .compare(VectorOperators.GE, least)
                    .toLong();
            long high = b1.and(MASK)
                    .lanewise(VectorOperators.LSHR, 8)
                    .compare(VectorOperators.GE, least)
                    .toLong();
            kept[g] = low | high << HALF;
        }
    }

    private static void multiply(long x, float keep, int count, long[] kept, long out) {
        for (int i = 0; i < count; i += Lanes.COUNT) {
            VectorMask<Float> mask = VectorMask.fromLong(S, kept[i / Lanes.COUNT]);
            FloatVector scaled = FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER)
                    .mul(keep);
            FloatVector.zero(S).blend(scaled, mask).intoMemorySegment(Memory.ALL, out + i * 4L, Lanes.ORDER);
        }
    }
}
