package dev.errata.kernels.cpu;

import dev.errata.tensor.Activation;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;

/** Operators that work element by element, in tasks of 16384 elements and runs of 2048, which the first cache holds. */
final class Elementwise {
    private static final int CHUNK = 16384;
    private static final int RUN = 2048;
    private static final long COPIED = 1 << 18;

    private final Workers workers;
    private final Scratch[] scratch;

    Elementwise(Workers workers, Scratch[] scratch) {
        this.workers = workers;
        this.scratch = scratch;
    }

    private interface Run {
        /**
         * Some elements of a task.
         *
         * @param room for six runs and a vector behind each
         */
        void apply(long first, int count, long room, Scratch mine);
    }

    private void forEachRun(long elements, Run run) {
        workers.parallelFor(Workers.tasks(elements, CHUNK), (task, worker) -> {
            long room = scratch[worker].floats(6L * (RUN + Lanes.COUNT));
            long end = Math.min(elements, (task + 1L) * CHUNK);
            for (long first = (long) task * CHUNK; first < end; first += RUN) {
                run.apply(first, (int) Math.min(RUN, end - first), room, scratch[worker]);
            }
        });
    }

    /** The i-th run of a room. */
    private static long part(long room, int i) {
        return room + (long) i * (RUN + Lanes.COUNT) * 4;
    }

    void fill(Op.Fill op) {
        long n = op.x().elements();
        Elements x = Elements.of(op.x(), n);
        forEachRun(n, (first, count, room, mine) -> {
            long to = x.target(first, room);
            RowMath.fill(to, count, op.value());
            x.store(to, first, count, mine);
        });
    }

    void add(Op.Add op) {
        long n = op.out().elements();
        Elements a = Elements.of(op.a(), n);
        Elements b = Elements.of(op.b(), n);
        Elements out = Elements.of(op.out(), n);
        forEachRun(n, (first, count, room, mine) -> {
            long left = a.read(first, count, room, mine);
            long right = b.read(first, count, part(room, 1), mine);
            long to = out.target(first, room);
            mine.rowsOfF32.add(left, right, count, to);
            out.store(to, first, count, mine);
        });
    }

    void scale(Op.Scale op) {
        long n = op.x().elements();
        Elements x = Elements.of(op.x(), n);
        forEachRun(n, (first, count, room, mine) -> {
            long at = x.read(first, count, room, mine);
            RowMath.scale(at, count, op.factor());
            x.store(at, first, count, mine);
        });
    }

    void copy(Op.Copy op) {
        long n = op.out().elements();
        DType dtype = op.out().dtype();
        if (op.x().dtype() == dtype) {
            copyBytes(
                    Memory.address(op.x(), dtype, n),
                    Memory.address(op.out(), dtype, n),
                    op.out().bytes());
            return;
        }
        Elements x = Elements.of(op.x(), n);
        Elements out = Elements.of(op.out(), n);
        forEachRun(n, (first, count, room, mine) -> {
            x.copy(first, count, room, out, first, mine);
        });
    }

    private void copyBytes(long from, long to, long bytes) {
        workers.parallelFor(Workers.tasks(bytes, COPIED), (task, worker) -> {
            long first = task * COPIED;
            Memory.copy(from + first, to + first, Math.min(COPIED, bytes - first));
        });
    }

    void gated(Op.GatedActivation op) {
        long n = op.out().elements();
        Elements gate = Elements.of(op.gate(), n);
        Elements up = Elements.of(op.up(), n);
        Elements out = Elements.of(op.out(), n);
        boolean rounds = op.gate().dtype() == DType.BF16;
        boolean inBf16 = op.activation() == Activation.SILU && areBf16(op.gate(), op.up(), op.out());
        forEachRun(n, (first, count, room, mine) -> {
            if (inBf16 && mine.rowsOfBf16.takes(count)) {
                mine.rowsOfBf16.siluGated(gate.at(first), up.at(first), count, out.at(first));
                return;
            }
            long g = gate.read(first, count, part(room, 1), mine);
            long u = up.read(first, count, part(room, 2), mine);
            long to = out.target(first, part(room, 3));
            if (rounds) {
                GatedMath.exponentials(op.activation(), g, count, room, mine.exponentials);
                GatedMath.activation(g, room, count, room);
                mine.rowsOfBf16.round(room, count);
                RowMath.multiply(room, u, count, to);
            } else {
                GatedMath.gated(op.activation(), g, u, count, room, mine.exponentials, to);
            }
            out.store(to, first, count, mine);
        });
    }

    void gatedBackward(Op.GatedActivationBackward op) {
        long n = op.dOut().elements();
        Elements gate = Elements.of(op.gate(), n);
        Elements up = Elements.of(op.up(), n);
        Elements dOut = Elements.of(op.dOut(), n);
        Elements dGate = Elements.of(op.dGate(), n);
        Elements dUp = Elements.of(op.dUp(), n);
        boolean inBf16 =
                op.activation() == Activation.SILU && areBf16(op.gate(), op.up(), op.dOut(), op.dGate(), op.dUp());
        forEachRun(n, (first, count, room, mine) -> {
            if (inBf16 && mine.rowsOfBf16.takes(count)) {
                mine.rowsOfBf16.siluGatedBackward(
                        gate.at(first), up.at(first), dOut.at(first), count, dGate.at(first), dUp.at(first));
                return;
            }
            long g = gate.read(first, count, part(room, 1), mine);
            long u = up.read(first, count, part(room, 2), mine);
            long d = dOut.read(first, count, part(room, 3), mine);
            long toGate = dGate.target(first, part(room, 4));
            long toUp = dUp.target(first, part(room, 5));
            GatedMath.exponentials(op.activation(), g, count, room, mine.exponentials);
            switch (op.activation()) {
                case SILU -> GatedMath.siluBackward(g, u, room, d, count, toGate, toUp);
                case GELU_TANH -> GatedMath.geluBackward(g, u, room, d, count, toGate, toUp);
            }
            dGate.store(toGate, first, count, mine);
            dUp.store(toUp, first, count, mine);
        });
    }

    private static boolean areBf16(Tensor... tensors) {
        for (Tensor each : tensors) {
            if (each.dtype() != DType.BF16) {
                return false;
            }
        }
        return true;
    }

    void softCap(Op.SoftCap op) {
        long n = op.out().elements();
        Elements x = Elements.of(op.x(), n);
        Elements out = Elements.of(op.out(), n);
        boolean rounds = op.x().dtype() == DType.BF16;
        forEachRun(n, (first, count, room, mine) -> {
            long from = x.read(first, count, part(room, 2), mine);
            long to = out.target(first, part(room, 3));
            SoftCapMath.forward(from, op.cap(), rounds, count, room, part(room, 1), to, mine);
            out.store(to, first, count, mine);
        });
    }

    void softCapBackward(Op.SoftCapBackward op) {
        long n = op.dOut().elements();
        Elements out = Elements.of(op.out(), n);
        Elements dOut = Elements.of(op.dOut(), n);
        Elements dX = Elements.of(op.dX(), n);
        forEachRun(n, (first, count, room, mine) -> {
            long capped = out.read(first, count, room, mine);
            long d = dOut.read(first, count, part(room, 1), mine);
            long to = dX.target(first, part(room, 2));
            SoftCapMath.backward(capped, op.cap(), d, count, to);
            dX.store(to, first, count, mine);
        });
    }

    void dropout(Op.Dropout op) {
        long n = op.x().elements();
        Elements x = Elements.of(op.x(), n);
        Elements out = Elements.of(op.out(), n);
        DropoutMath.Settings settings = DropoutMath.Settings.of(op.seed(), op.stream(), op.p());
        forEachRun(n, (first, count, room, mine) -> {
            long to = out.target(first, room);
            int words = DropoutMath.words(RUN);
            long kept = mine.masks(words);
            mine.dropoutRows.draw(settings, first, count, kept, mine);
            mine.dropoutRows.apply(
                    x.dtype(), x.at(first), 0, 1, count, kept, words, settings.keep(), to, 0, false, mine);
            out.store(to, first, count, mine);
        });
    }
}
