package dev.errata.kernels.cpu;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/** What is done to one row of floats at an address: sums, maxima, products. Sums are in an order fixed by the length. */
final class RowMath {
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int W = Lanes.COUNT;

    private RowMath() {}

    /**
     * The largest element; −∞ if there is none. NaN are passed over: who takes exponentials of what is left to the largest has NaN in their sum.
     * Compared and blended, in four chains: the Vector API's max, which is NaN where one is, takes some ten cycles in one.
     */
    static float max(long x, int count, float[] lanes) {
        int whole = Lanes.floor(count);
        FloatVector a = FloatVector.broadcast(S, Float.NEGATIVE_INFINITY);
        FloatVector b = a;
        FloatVector c = a;
        FloatVector d = a;
        int i = 0;
        for (; i + 4 * W <= whole; i += 4 * W) {
            FloatVector x0 = FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER);
            FloatVector x1 = FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L + W * 4L, Lanes.ORDER);
            FloatVector x2 = FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L + W * 8L, Lanes.ORDER);
            FloatVector x3 = FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L + W * 12L, Lanes.ORDER);
            a = a.blend(x0, x0.compare(VectorOperators.GT, a));
            b = b.blend(x1, x1.compare(VectorOperators.GT, b));
            c = c.blend(x2, x2.compare(VectorOperators.GT, c));
            d = d.blend(x3, x3.compare(VectorOperators.GT, d));
        }
        for (; i < whole; i += W) {
            FloatVector x0 = FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER);
            a = a.blend(x0, x0.compare(VectorOperators.GT, a));
        }
        a = a.blend(b, b.compare(VectorOperators.GT, a));
        c = c.blend(d, d.compare(VectorOperators.GT, c));
        a.blend(c, c.compare(VectorOperators.GT, a)).intoArray(lanes, 0);
        return maxOfLanes(lanes, x, i, count);
    }

    /** The largest of lanes that hold what is before {@code whole}, and of the elements from there on. */
    static float maxOfLanes(float[] lanes, long x, int whole, int count) {
        float max = Float.NEGATIVE_INFINITY;
        for (int lane = 0; lane < W; lane++) {
            max = lanes[lane] > max ? lanes[lane] : max;
        }
        for (int i = whole; i < count; i++) {
            float last = Memory.get(x + i * 4L);
            max = last > max ? last : max;
        }
        return max;
    }

    /** Lanes in f32, their sum in f64; meant for up to some thousand elements. */
    static double sum(long x, int count, float[] lanes) {
        int whole = Lanes.floor(count);
        FloatVector sums = FloatVector.zero(S);
        for (int i = 0; i < whole; i += W) {
            sums = sums.add(FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER));
        }
        sums.intoArray(lanes, 0);
        double sum = 0;
        for (int i = 0; i < W; i++) {
            sum += lanes[i];
        }
        for (int i = whole; i < count; i++) {
            sum += Memory.get(x + i * 4L);
        }
        return sum;
    }

    /** Σ a·b, lanes in f32, their sum in f64. */
    static double dot(long a, long b, int count, float[] lanes) {
        int whole = Lanes.floor(count);
        DotKernel.oneByOne(a, b, whole, lanes, 0);
        return dotOfLanes(lanes, a, b, whole, count);
    }

    /** The sum of lanes that hold what is before {@code whole}, and of the products from there on. */
    static double dotOfLanes(float[] lanes, long a, long b, int whole, int count) {
        double sum = 0;
        for (int i = 0; i < W; i++) {
            sum += lanes[i];
        }
        for (int i = whole; i < count; i++) {
            sum += (double) Memory.get(a + i * 4L) * Memory.get(b + i * 4L);
        }
        return sum;
    }

    /** Σ a·b·c, lanes in f32, their sum in f64. */
    static double dot3(long a, long b, long c, int count, float[] lanes) {
        int whole = Lanes.floor(count);
        FloatVector sums = FloatVector.zero(S);
        for (int i = 0; i < whole; i += W) {
            FloatVector ab = FloatVector.fromMemorySegment(S, Memory.ALL, a + i * 4L, Lanes.ORDER)
                    .mul(FloatVector.fromMemorySegment(S, Memory.ALL, b + i * 4L, Lanes.ORDER));
            sums = ab.fma(FloatVector.fromMemorySegment(S, Memory.ALL, c + i * 4L, Lanes.ORDER), sums);
        }
        sums.intoArray(lanes, 0);
        double sum = 0;
        for (int i = 0; i < W; i++) {
            sum += lanes[i];
        }
        for (int i = whole; i < count; i++) {
            sum += (double) Memory.get(a + i * 4L) * Memory.get(b + i * 4L) * Memory.get(c + i * 4L);
        }
        return sum;
    }

    /** x = factor · x. */
    static void scale(long x, int count, float factor) {
        scaled(x, factor, count, x);
    }

    /** out = factor · x; out may be x. */
    static void scaled(long x, float factor, int count, long out) {
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += W) {
            FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER)
                    .mul(factor)
                    .intoMemorySegment(Memory.ALL, out + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            Memory.set(out + i * 4L, Memory.get(x + i * 4L) * factor);
        }
    }

    /** out = a · b; out may be a or b. */
    static void multiply(long a, long b, int count, long out) {
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += W) {
            FloatVector.fromMemorySegment(S, Memory.ALL, a + i * 4L, Lanes.ORDER)
                    .mul(FloatVector.fromMemorySegment(S, Memory.ALL, b + i * 4L, Lanes.ORDER))
                    .intoMemorySegment(Memory.ALL, out + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            Memory.set(out + i * 4L, Memory.get(a + i * 4L) * Memory.get(b + i * 4L));
        }
    }

    /** out = a + b. */
    static void add(long a, long b, int count, long out) {
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += W) {
            FloatVector.fromMemorySegment(S, Memory.ALL, a + i * 4L, Lanes.ORDER)
                    .add(FloatVector.fromMemorySegment(S, Memory.ALL, b + i * 4L, Lanes.ORDER))
                    .intoMemorySegment(Memory.ALL, out + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            Memory.set(out + i * 4L, Memory.get(a + i * 4L) + Memory.get(b + i * 4L));
        }
    }

    /** y = y + factor · x, fused. */
    static void addScaled(long x, float factor, int count, long y) {
        int whole = Lanes.floor(count);
        FloatVector scale = FloatVector.broadcast(S, factor);
        for (int i = 0; i < whole; i += W) {
            FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER)
                    .fma(scale, FloatVector.fromMemorySegment(S, Memory.ALL, y + i * 4L, Lanes.ORDER))
                    .intoMemorySegment(Memory.ALL, y + i * 4L, Lanes.ORDER);
        }
        addTail(x, factor, whole, count, y);
    }

    private static void addTail(long x, float factor, int from, int to, long y) {
        for (int i = from; i < to; i++) {
            Memory.set(y + i * 4L, Math.fma(Memory.get(x + i * 4L), factor, Memory.get(y + i * 4L)));
        }
    }

    /** out = x · factor · w, in this order. */
    static void scaleByWeight(long x, float factor, long w, int count, long out) {
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += W) {
            FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER)
                    .mul(factor)
                    .mul(FloatVector.fromMemorySegment(S, Memory.ALL, w + i * 4L, Lanes.ORDER))
                    .intoMemorySegment(Memory.ALL, out + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            Memory.set(out + i * 4L, Memory.get(x + i * 4L) * factor * Memory.get(w + i * 4L));
        }
    }

    static void fill(long x, int count, float value) {
        int whole = Lanes.floor(count);
        FloatVector values = FloatVector.broadcast(S, value);
        for (int i = 0; i < whole; i += W) {
            values.intoMemorySegment(Memory.ALL, x + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            Memory.set(x + i * 4L, value);
        }
    }

    /** dP becomes p · (dP − delta) · scale. */
    static void softmaxGradient(long p, float delta, float scale, int count, long dP) {
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += W) {
            FloatVector.fromMemorySegment(S, Memory.ALL, dP + i * 4L, Lanes.ORDER)
                    .sub(delta)
                    .mul(FloatVector.fromMemorySegment(S, Memory.ALL, p + i * 4L, Lanes.ORDER))
                    .mul(scale)
                    .intoMemorySegment(Memory.ALL, dP + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            Memory.set(dP + i * 4L, (Memory.get(dP + i * 4L) - delta) * Memory.get(p + i * 4L) * scale);
        }
    }
}
