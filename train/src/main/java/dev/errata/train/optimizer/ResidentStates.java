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

/** State that stays in the backend's memory, in one buffer; a piece is a whole run. */
final class ResidentStates implements StateStore {
    private final Backend backend;
    private final List<StatePiece> pieces = new ArrayList<>();
    private final Paging paging;

    /**
     * @param scope holds the state
     * @param paging what to report
     */
    ResidentStates(List<ParameterRun> runs, Scope scope, Paging paging) {
        this.backend = scope.backend();
        this.paging = paging;
        long bytes = bytes(
                runs.stream().map(ParameterRun::format).toList(),
                runs.stream().mapToLong(ParameterRun::elements).toArray());
        Tensor memory = scope.allocate("optimizer state", DType.U8, bytes);
        backend.run(new Op.Fill(memory.window(memory.name(), DType.F32, 0, bytes / Float.BYTES), 0));
        long at = 0;
        for (ParameterRun run : runs) {
            List<Tensor> state = run.format().in(memory, at, run.elements());
            pieces.add(new StatePiece(run.values(), run.gradients(), run.format(), state));
            at += run.format().bytes(run.elements());
        }
    }

    /** What the state of such runs takes. */
    static long bytes(List<StateFormat> formats, long[] elements) {
        long bytes = 0;
        for (int run = 0; run < elements.length; run++) {
            bytes += formats.get(run).bytes(elements[run]);
        }
        return bytes;
    }

    @Override
    public void forEach(Consumer<StatePiece> update) {
        pieces.forEach(update);
    }

    @Override
    public MemorySegment read(Parameter parameter, int part, Arena arena) {
        Tensor tensor = tensor(parameter, part);
        MemorySegment copy = arena.allocate(tensor.bytes(), 64);
        backend.download(tensor, copy);
        return copy;
    }

    @Override
    public void write(Parameter parameter, int part, MemorySegment from) {
        backend.upload(from, tensor(parameter, part));
    }

    private Tensor tensor(Parameter parameter, int part) {
        StatePart kind = parameter.format().parts().get(part);
        return pieces.get(parameter.run())
                .state()
                .get(part)
                .window(
                        kind.name() + " of " + parameter.name(),
                        kind.dtype(),
                        kind.bytes(parameter.from()),
                        kind.entries(parameter.value().elements()));
    }

    @Override
    public long hostBytes() {
        return 0;
    }

    @Override
    public Paging paging() {
        return paging;
    }

    @Override
    public void close() {}
}
