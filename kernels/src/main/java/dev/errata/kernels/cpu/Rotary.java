package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
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
        if (2 * half > op.headDim() || op.sin().columns() != half || columns % op.headDim() != 0) {
            throw new IllegalArgumentException("angles of " + half + " and "
                    + op.sin().columns() + " pairs for heads of " + op.headDim() + " in " + op.x());
        }
        int bound = Math.min(op.cos().rows(), op.sin().rows());
        Elements x = Elements.of(op.x(), (long) rows * columns);
        Elements cosines = Elements.of(op.cos(), (long) bound * half);
        Elements sines = Elements.of(op.sin(), (long) bound * half);
        long positions = Memory.address(op.positions(), DType.I32, rows);
        float sign = op.inverse() ? -1 : 1;
        boolean rounds = op.x().dtype() == DType.BF16;
        long part = Lanes.ceil(half) * 4L;
        long width = Lanes.ceil(columns) * 4L;
        workers.parallelFor(Workers.tasks(rows, TASK_ROWS), (task, worker) -> {
            long room = scratch[worker].floats(2L * Lanes.ceil(half) + 3L * Lanes.ceil(columns));
            int end = Math.min(rows, (task + 1) * TASK_ROWS);
            for (int n = task * TASK_ROWS; n < end; n++) {
                long angle = (long) Memory.index(positions, n, bound) * half;
                long cos = cosines.read(angle, half, room, scratch[worker]);
                long sin = sines.read(angle, half, room + part, scratch[worker]);
                long first = (long) n * columns;
                int heads = columns / op.headDim();
                if (rounds && heads > 0 && scratch[worker].rowsOfBf16.takes(half)) {
                    scratch[worker].rowsOfBf16.rotate(x.at(first), heads, op.headDim(), cos, sin, sign, half);
                    continue;
                }
                long row = x.read(first, columns, room + 2 * part, scratch[worker]);
                if (rounds) {
                    rotateBf16(
                            row, cos, sin, sign, half, op.headDim(), columns, room + 2 * part + width, scratch[worker]);
                } else {
                    scratch[worker].rowsOfF32.rotate(row, heads, op.headDim(), cos, sin, sign, half);
                }
                x.store(row, first, columns, scratch[worker]);
            }
        });
    }

    /** (x1, x2) = (x1·cos − x2·sin, x2·cos + x1·sin) for the two halves of what is turned of a head. */
    static void rotate(long x, long cosines, long sines, float sign, int half) {
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
     * The same of a row's heads, where products are rounded to bf16 before they are added. One pass each, as a method with
     * several roundings is not compiled as a whole.
     *
     * @param room for two rows
     */
    private static void rotateBf16(
            long row,
            long cosines,
            long sines,
            float sign,
            int half,
            int headDim,
            int columns,
            long room,
            Scratch mine) {
        long turned = room + Lanes.ceil(columns) * 4L;
        if (2 * half < headDim) {
            Memory.copy(row, room, columns * 4L);
            RowMath.fill(turned, columns, -0f); // which added to anything leaves it as it is
        }
        for (int head = 0; head < columns; head += headDim) {
            products(row + head * 4L, cosines, sines, sign, half, room + head * 4L, turned + head * 4L);
        }
        mine.rowsOfBf16.round(room, columns);
        mine.rowsOfBf16.round(turned, columns);
        mine.rowsOfF32.add(room, turned, columns, row);
    }

    /** straight = (x1·cos, x2·cos), turned = (−x2·sin, x1·sin). */
    private static void products(long x, long cosines, long sines, float sign, int half, long straight, long turned) {
        int whole = Lanes.floor(half);
        long upper = half * 4L;
        for (int i = 0; i < whole; i += Lanes.COUNT) {
            FloatVector cos = FloatVector.fromMemorySegment(S, Memory.ALL, cosines + i * 4L, Lanes.ORDER);
            FloatVector sin = FloatVector.fromMemorySegment(S, Memory.ALL, sines + i * 4L, Lanes.ORDER)
                    .mul(sign);
            FloatVector x1 = FloatVector.fromMemorySegment(S, Memory.ALL, x + i * 4L, Lanes.ORDER);
            FloatVector x2 = FloatVector.fromMemorySegment(S, Memory.ALL, x + upper + i * 4L, Lanes.ORDER);
            x1.mul(cos).intoMemorySegment(Memory.ALL, straight + i * 4L, Lanes.ORDER);
            x2.mul(cos).intoMemorySegment(Memory.ALL, straight + upper + i * 4L, Lanes.ORDER);
            x2.mul(sin).neg().intoMemorySegment(Memory.ALL, turned + i * 4L, Lanes.ORDER);
            x1.mul(sin).intoMemorySegment(Memory.ALL, turned + upper + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < half; i++) {
            float cos = Memory.get(cosines + i * 4L);
            float sin = Memory.get(sines + i * 4L) * sign;
            float x1 = Memory.get(x + i * 4L);
            float x2 = Memory.get(x + upper + i * 4L);
            Memory.set(straight + i * 4L, x1 * cos);
            Memory.set(straight + upper + i * 4L, x2 * cos);
            Memory.set(turned + i * 4L, -(x2 * sin));
            Memory.set(turned + upper + i * 4L, x1 * sin);
        }
    }
}
