package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;

/** Operators that work element by element, in tasks of 16384 elements. */
final class Elementwise {
    private static final int CHUNK = 16384;
    private static final long COPIED = 1 << 18;

    private final Workers workers;
    private final Scratch[] scratch;

    Elementwise(Workers workers, Scratch[] scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    private interface Range {
        /** Elements of a task: the first one's offset in bytes, and how many. */
        void apply(long offset, int count, Scratch mine);
    }

    private void forEachChunk(long elements, Range range) {
        workers.parallelFor(Workers.tasks(elements, CHUNK), (task, worker) -> {
            long first = (long) task * CHUNK;
            range.apply(first * 4, (int) Math.min(CHUNK, elements - first), scratch[worker]);
        });
    }

    void fill(Op.Fill op) {
        long n = op.x().elements();
        long x = Memory.floats(op.x(), n);
        forEachChunk(n, (at, count, mine) -> RowMath.fill(x + at, count, op.value()));
    }

    void add(Op.Add op) {
        long n = op.out().elements();
        long a = Memory.floats(op.a(), n);
        long b = Memory.floats(op.b(), n);
        long out = Memory.floats(op.out(), n);
        forEachChunk(n, (at, count, mine) -> RowMath.add(a + at, b + at, count, out + at));
    }

    void scale(Op.Scale op) {
        long n = op.x().elements();
        long x = Memory.floats(op.x(), n);
        forEachChunk(n, (at, count, mine) -> RowMath.scale(x + at, count, op.factor()));
    }

    void copy(Op.Copy op) {
        long n = op.out().elements();
        DType from = op.x().dtype();
        DType to = op.out().dtype();
        if (from == to) {
            copyBytes(
                    Memory.address(op.x(), from, n),
                    Memory.address(op.out(), to, n),
                    op.out().bytes());
            return;
        }
        long x = Memory.anyFloats(op.x(), n);
        long out = Memory.anyFloats(op.out(), n);
        int read = from.bytes();
        int written = to.bytes();
        forEachChunk(n, (at, count, mine) -> {
            long source = x + at / 4 * read;
            long target = out + at / 4 * written;
            if (to == DType.F32) {
                Conversion.widen(from, source, count, target);
            } else if (from == DType.F32) {
                Conversion.narrow(source, to, count, target);
            } else {
                long between = mine.floats(CHUNK);
                Conversion.widen(from, source, count, between);
                Conversion.narrow(between, to, count, target);
            }
        });
    }

    private void copyBytes(long from, long to, long bytes) {
        workers.parallelFor(Workers.tasks(bytes, COPIED), (task, worker) -> {
            long first = (long) task * COPIED;
            Memory.copy(from + first, to + first, Math.min(COPIED, bytes - first));
        });
    }

    void gated(Op.GatedActivation op) {
        long n = op.out().elements();
        long gate = Memory.floats(op.gate(), n);
        long up = Memory.floats(op.up(), n);
        long out = Memory.floats(op.out(), n);
        forEachChunk(n, (at, count, mine) -> {
            long e = mine.floats(CHUNK + Lanes.COUNT);
            GatedMath.exponentials(op.activation(), gate + at, count, e);
            if (op.bf16()) {
                GatedMath.forwardBf16(gate + at, up + at, e, count, out + at);
            } else {
                GatedMath.forward(gate + at, up + at, e, count, out + at);
            }
        });
    }

    void gatedBackward(Op.GatedActivationBackward op) {
        long n = op.dOut().elements();
        long gate = Memory.floats(op.gate(), n);
        long up = Memory.floats(op.up(), n);
        long dOut = Memory.floats(op.dOut(), n);
        long dGate = Memory.floats(op.dGate(), n);
        long dUp = Memory.floats(op.dUp(), n);
        forEachChunk(n, (at, count, mine) -> {
            long e = mine.floats(CHUNK + Lanes.COUNT);
            GatedMath.exponentials(op.activation(), gate + at, count, e);
            switch (op.activation()) {
                case SILU -> GatedMath.siluBackward(gate + at, up + at, e, dOut + at, count, dGate + at, dUp + at);
                case GELU_TANH -> GatedMath.geluBackward(gate + at, up + at, e, dOut + at, count, dGate + at, dUp + at);
            }
        });
    }

    void softCap(Op.SoftCap op) {
        long n = op.out().elements();
        long x = Memory.floats(op.x(), n);
        long out = Memory.floats(op.out(), n);
        forEachChunk(n, (at, count, mine) -> {
            int room = CHUNK + Lanes.COUNT;
            long quotients = mine.floats(2L * room);
            SoftCapMath.forward(x + at, op.cap(), op.bf16(), count, quotients, quotients + room * 4L, out + at);
        });
    }

    void softCapBackward(Op.SoftCapBackward op) {
        long n = op.dOut().elements();
        long out = Memory.floats(op.out(), n);
        long dOut = Memory.floats(op.dOut(), n);
        long dX = Memory.floats(op.dX(), n);
        forEachChunk(n, (at, count, mine) -> SoftCapMath.backward(out + at, op.cap(), dOut + at, count, dX + at));
    }

    void dropout(Op.Dropout op) {
        long n = op.x().elements();
        long x = Memory.floats(op.x(), n);
        long out = Memory.floats(op.out(), n);
        DropoutMath.Settings settings = new DropoutMath.Settings(op.seed(), op.stream(), op.p(), 1 / (1 - op.p()));
        forEachChunk(
                n,
                (at, count, mine) ->
                        DropoutMath.apply(settings, at / 4, count, x + at, out + at, mine.masks(CHUNK / Lanes.COUNT)));
    }
}
