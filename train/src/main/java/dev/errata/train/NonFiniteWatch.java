package dev.errata.train;

import dev.errata.tensor.Accesses;
import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.train.trace.OperatorTrail;
import java.lang.foreign.MemorySegment;
import java.util.stream.Stream;

/**
 * Runs operators on another backend and looks after each whether its tensors are finite. Slow: for a step that went wrong,
 * run once more. The values stay on their device; what crosses is the sum of their squares.
 */
final class NonFiniteWatch implements ForwardingBackend {
    private final Backend inner;
    private final Tensor squares;
    private final OperatorTrail trail = new OperatorTrail();
    private String found;

    /**
     * @param squares F64 [1], to work in
     */
    NonFiniteWatch(Backend inner, Tensor squares) {
        this.inner = inner;
        this.squares = squares;
    }

    /** The first operator with a tensor that isn't finite, and its layer; null where all were finite. */
    String found() {
        return found;
    }

    @Override
    public void run(Op op) {
        inner.run(op);
        if (found != null) {
            return;
        }
        Accesses accesses = Accesses.of(op);
        trail.follow(op, accesses);
        Stream.concat(accesses.reads().stream(), accesses.writes().stream())
                .filter(tensor -> !isFinite(tensor))
                .findFirst()
                .ifPresent(tensor -> found =
                        op.getClass().getSimpleName() + " in " + place() + " (its tensor " + tensor.name() + ")");
    }

    private String place() {
        return trail.place().startsWith("layer") ? trail.place() : "the " + trail.place();
    }

    private boolean isFinite(Tensor tensor) {
        if (!tensor.dtype().isFloat() || tensor.dtype() == DType.F64) {
            return true;
        }
        inner.run(new Op.SumSquares(tensor, squares, false));
        double[] sum = new double[1];
        inner.download(squares, MemorySegment.ofArray(sum));
        return Double.isFinite(sum[0]);
    }

    @Override
    public Backend inner() {
        return inner;
    }

    /** The watched backend stays open. */
    @Override
    public void close() {}
}
