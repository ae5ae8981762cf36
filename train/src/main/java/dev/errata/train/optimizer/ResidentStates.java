package dev.errata.train.optimizer;

import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Moments that stay in the backend's memory; a piece is a whole parameter. */
final class ResidentStates implements StateStore {
    private final Backend backend;
    private final List<StatePiece> pieces = new ArrayList<>();
    private final Paging paging;

    /**
     * @param scope holds the moments
     * @param paging what to report
     */
    ResidentStates(List<Parameter> parameters, Scope scope, Paging paging) {
        this.backend = scope.backend();
        this.paging = paging;
        StateMaps maps = StateMaps.in(scope);
        for (Parameter parameter : parameters) {
            long elements = parameter.value().elements();
            long bytes = parameter.format().bytes(elements);
            Tensor memory = scope.allocate("moments of " + parameter.name(), DType.U8, bytes);
            backend.run(new Op.Fill(memory.window(memory.name(), DType.F32, 0, bytes / Float.BYTES), 0));
            OptimizerState state = parameter.format().in(memory, 0, elements, maps);
            pieces.add(new StatePiece(parameter.value(), parameter.gradient(), state));
        }
    }

    @Override
    public void forEach(Consumer<StatePiece> update) {
        pieces.forEach(update);
    }

    @Override
    public MemorySegment read(int parameter, int part, Arena arena) {
        Tensor tensor = tensor(parameter, part);
        MemorySegment copy = arena.allocate(tensor.bytes(), 64);
        backend.download(tensor, copy);
        return copy;
    }

    @Override
    public void write(int parameter, int part, MemorySegment from) {
        backend.upload(from, tensor(parameter, part));
    }

    private Tensor tensor(int parameter, int part) {
        return pieces.get(parameter).state().parts().get(part);
    }

    @Override
    public Paging paging() {
        return paging;
    }

    @Override
    public void close() {}
}
