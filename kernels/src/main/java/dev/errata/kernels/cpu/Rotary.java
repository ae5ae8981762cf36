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

    Rotary(Workers workers) {
        this.workers = workers;
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
        long x = Memory.floats(op.x(), (long) rows * columns);
        long cos = Memory.floats(op.cos(), (long) bound * half);
        long sin = Memory.floats(op.sin(), (long) bound * half);
        long positions = Memory.address(op.positions(), DType.I32, rows);
        float sign = op.inverse() ? -1 : 1;
        workers.parallelFor(Workers.tasks(rows, TASK_ROWS), (task, worker) -> {
            int end = Math.min(rows, (task + 1) * TASK_ROWS);
            for (int n = task * TASK_ROWS; n < end; n++) {
                long angle = (long) Memory.index(positions, n, bound) * half * 4;
                for (int head = 0; head + op.headDim() <= columns; head += op.headDim()) {
                    long from = x + ((long) n * columns + head) * 4;
                    if (op.bf16()) {
                        rotateBf16(from, cos + angle, sin + angle, sign, half);
                    } else {
                        rotate(from, cos + angle, sin + angle, sign, half);
                    }
                }
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

    /** The same on bf16 values: products are rounded, then their sum. */
    private static void rotateBf16(long x, long cosines, long sines, float sign, int half) {
        int whole = Lanes.floor(half);
        long upper = x + half * 4L;
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            FloatVector cos = FloatVector.fromMemorySegment(S, Memory.ALL, cosines + i * 4L, Lanes.ORDER);
            FloatVector sin = FloatVector.fromMemorySegment(S, Memory.ALL, sines + i * 4L, Lanes.ORDER)
                    .mul(sign);
            FloatVector x1 = FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER);
            FloatVector x2 = FloatVector.fromMemorySegment(S, Memory.ALL, upper + i * 4L, Lanes.ORDER);
            RoundMath.bf16(RoundMath.bf16(x1.mul(cos)).sub(RoundMath.bf16(x2.mul(sin))))
                    .intoMemorySegment(Memory.ALL, x + i * 4L, Lanes.ORDER);
            RoundMath.bf16(RoundMath.bf16(x2.mul(cos)).add(RoundMath.bf16(x1.mul(sin))))
                    .intoMemorySegment(Memory.ALL, upper + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < half; i++) {
            float cos = Memory.get(cosines + i * 4L);
            float sin = Memory.get(sines + i * 4L) * sign;
            float x1 = Memory.get(x + i * 4L);
            float x2 = Memory.get(upper + i * 4L);
            Memory.set(x + i * 4L, Rounding.bf16(Rounding.bf16(x1 * cos) - Rounding.bf16(x2 * sin)));
            Memory.set(upper + i * 4L, Rounding.bf16(Rounding.bf16(x2 * cos) + Rounding.bf16(x1 * sin)));
        }
    }
}
