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
        int half = op.headDim() / 2;
        int bound = Math.min(op.cos().rows(), op.sin().rows());
        Elements x = Elements.of(op.x(), (long) rows * columns);
        Elements cosines = Elements.of(op.cos(), (long) bound * half);
        Elements sines = Elements.of(op.sin(), (long) bound * half);
        long positions = Memory.address(op.positions(), DType.I32, rows);
        float sign = op.inverse() ? -1 : 1;
        boolean rounds = op.bf16() || op.x().dtype() == DType.BF16;
        long part = Lanes.ceil(half) * 4L;
        workers.parallelFor(Workers.tasks(rows, TASK_ROWS), (task, worker) -> {
            long room = scratch[worker].floats(2L * Lanes.ceil(half) + Lanes.ceil(columns));
            int end = Math.min(rows, (task + 1) * TASK_ROWS);
            for (int n = task * TASK_ROWS; n < end; n++) {
                long angle = (long) Memory.index(positions, n, bound) * half;
                long cos = cosines.read(angle, half, room);
                long sin = sines.read(angle, half, room + part);
                long first = (long) n * columns;
                long row = x.read(first, columns, room + 2 * part);
                for (int head = 0; head + op.headDim() <= columns; head += op.headDim()) {
                    if (rounds) {
                        rotateBf16(row + head * 4L, cos, sin, sign, half);
                    } else {
                        rotate(row + head * 4L, cos, sin, sign, half);
                    }
                }
                x.store(row, first, columns);
            }
        });
    }

    /** (x1, x2) = (x1·cos − x2·sin, x2·cos + x1·sin) for the two halves of a head. */
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
