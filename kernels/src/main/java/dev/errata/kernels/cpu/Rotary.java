package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Rounding;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Rotary position embedding in the half-split layout, rows by task. */
final class Rotary {
    private static final int TASK_ROWS = 16;
    private static final VectorSpecies<Float> S = Lanes.SPECIES;

    private final Workers workers;
    private final Scratch[] scratch;

    Rotary(Workers workers, Scratch[] scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    void rotate(Op.Rope op) {
        int rows = op.x().rows();
        int columns = op.x().columns();
        int half = op.cos().columns();
        if (2 * half > op.headDim() || op.sin().columns() != half) {
            throw new IllegalArgumentException(
                    "angles of " + half + " and " + op.sin().columns() + " pairs for heads of " + op.headDim());
        }
        int bound = Math.min(op.cos().rows(), op.sin().rows());
        Elements x = Elements.of(op.x(), (long) rows * columns);
        Elements cosines = Elements.of(op.cos(), (long) bound * half);
        Elements sines = Elements.of(op.sin(), (long) bound * half);
        long positions = Memory.address(op.positions(), DType.I32, rows);
        float sign = op.inverse() ? -1 : 1;
        boolean rounds = op.bf16() || op.x().dtype() == DType.BF16;
        long part = Lanes.ceil(half) * 4L;
        workers.parallelFor(Workers.tasks(rows, TASK_ROWS), (task, worker) -> {
            long room = scratch[worker].floats(3L * Lanes.ceil(half) + Lanes.ceil(columns));
            int end = Math.min(rows, (task + 1) * TASK_ROWS);
            for (int n = task * TASK_ROWS; n < end; n++) {
                long angle = (long) Memory.index(positions, n, bound) * half;
                long cos = cosines.read(angle, half, room);
                long sin = sines.read(angle, half, room + part);
                long first = (long) n * columns;
                long row = x.read(first, columns, room + 3 * part);
                for (int head = 0; head + op.headDim() <= columns; head += op.headDim()) {
                    if (rounds) {
                        rotateBf16(row + head * 4L, cos, sin, sign, half, room + 2 * part);
                    } else {
                        rotate(row + head * 4L, cos, sin, sign, half);
                    }
                }
                x.store(row, first, columns);
            }
        });
    }

    /** (x1, x2) = (x1·cos − x2·sin, x2·cos + x1·sin) for the two halves of what is turned of a head. */
    private static void rotate(long x, long cosines, long sines, float sign, int half) {
        int whole = Lanes.floor(half);
        long upper = x + half * 4L;
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            FloatVector cos = FloatVector.fromMemorySegment(S, Memory.ALL, cosines + i * 4L, Lanes.ORDER);
            FloatVector sin = FloatVector.fromMemorySegment(S, Memory.ALL, sines + i * 4L, Lanes.ORDER)
                    .mul(sign);
            FloatVector x1 = FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER);
            FloatVector x2 = FloatVector.fromMemorySegment(S, Memory.ALL, upper + i * 4L, Lanes.ORDER);
            x1.mul(cos).sub(x2.mul(sin)).intoMemorySegment(Memory.ALL, x + i * 4L, Lanes.ORDER);
            x2.mul(cos).add(x1.mul(sin)).intoMemorySegment(Memory.ALL, upper + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < half; i++) {
            float cos = Memory.get(cosines + i * 4L);
            float sin = Memory.get(sines + i * 4L) * sign;
            float x1 = Memory.get(x + i * 4L);
            float x2 = Memory.get(upper + i * 4L);
            Memory.set(x + i * 4L, x1 * cos - x2 * sin);
            Memory.set(upper + i * 4L, x2 * cos + x1 * sin);
        }
    }

    /**
     * The same on bf16 values: products are rounded, then their sum. Each half by a call of its own, as a method with more
     * roundings is not compiled as a whole; {@code room} is for the lower one until the upper one is done.
     */
    private static void rotateBf16(long x, long cosines, long sines, float sign, int half, long room) {
        long upper = x + half * 4L;
        turnBf16(x, cosines, upper, sines, -sign, half, room);
        turnBf16(upper, cosines, x, sines, sign, half, upper);
        Memory.copy(room, x, half * 4L);
    }

    /** out = a · cos + b · (sign · sin), each product rounded, then the sum; out may be a. */
    private static void turnBf16(long a, long cosines, long b, long sines, float sign, int count, long out) {
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            FloatVector left = FloatVector.fromMemorySegment(S, Memory.ALL, a + i * 4L, Lanes.ORDER)
                    .mul(FloatVector.fromMemorySegment(S, Memory.ALL, cosines + i * 4L, Lanes.ORDER));
            FloatVector right = FloatVector.fromMemorySegment(S, Memory.ALL, b + i * 4L, Lanes.ORDER)
                    .mul(FloatVector.fromMemorySegment(S, Memory.ALL, sines + i * 4L, Lanes.ORDER)
                            .mul(sign));
            RoundMath.bf16(RoundMath.bf16(left).add(RoundMath.bf16(right)))
                    .intoMemorySegment(Memory.ALL, out + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            float left = Rounding.bf16(Memory.get(a + i * 4L) * Memory.get(cosines + i * 4L));
            float right = Rounding.bf16(Memory.get(b + i * 4L) * (Memory.get(sines + i * 4L) * sign));
            Memory.set(out + i * 4L, Rounding.bf16(left + right));
        }
    }
}
