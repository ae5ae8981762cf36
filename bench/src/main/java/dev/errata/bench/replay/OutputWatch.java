package dev.errata.bench.replay;

import dev.errata.tensor.Accesses;
import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.train.trace.OperatorTrail;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.Consumer;

/** Runs operators on another backend and hands on what each wrote, floats alone. Closes the backend below. */
final class OutputWatch implements ForwardingBackend {
    private final Backend inner;
    private final OperatorTrail trail = new OperatorTrail();
    private Consumer<OperatorOutput> taker;
    private int calls;

    OutputWatch(Backend inner) {
        this.inner = inner;
    }

    /**
     * Begins to look, with the next operator as the step's first.
     *
     * @param outputs gets each in order, and closes it
     */
    void watch(Consumer<OperatorOutput> outputs) {
        taker = outputs;
        calls = 0;
    }

    @Override
    public Backend inner() {
        return inner;
    }

    @Override
    public void run(Op op) {
        inner.run(op);
        if (taker == null) {
            return;
        }
        Accesses accesses = Accesses.of(op);
        trail.follow(op, accesses);
        int call = calls++;
        for (Tensor tensor : accesses.writes()) {
            if (tensor.dtype().isFloat() && tensor.dtype() != DType.F64 && tensor.elements() > 0) {
                taker.accept(output(op, call, tensor));
            }
        }
    }

    private OperatorOutput output(Op op, int call, Tensor tensor) {
        Arena arena = Arena.ofShared();
        MemorySegment elements = arena.allocate(tensor.bytes(), 64);
        inner.download(tensor, elements);
        return new OperatorOutput(
                call,
                op.getClass().getSimpleName(),
                trail.phase(),
                trail.place(),
                tensor.name(),
                tensor.dtype(),
                tensor.shape(),
                elements,
                arena);
    }
}
