package dev.errata.tensor.autograd;

import dev.errata.tensor.Allocation;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The operators of a block that is run again for its gradient, held back until it is known what of it gradient rules read. What
 * leads to nothing they read isn't run: of a decoder block the last product and sum, a fifth of all it computes.
 */
final class HeldOps {
    private final List<Held> held = new ArrayList<>();
    private final KeptOutputs kept;
    private int narrow;

    /**
     * @param inputs what it reads that the block may have made
     */
    private record Held(Op op, List<Tensor> written, List<Tensor> inputs) {}

    /**
     * @param kept of the block's first run, to be copied instead of made again
     */
    HeldOps(KeptOutputs kept) {
        this.kept = kept;
    }

    void add(Op op, List<Tensor> written) {
        Tensor known = KeptOutputs.isNarrow(op) ? kept.get(narrow++) : null;
        if (known != null) {
            held.add(new Held(new Op.Copy(known, written.getFirst()), written, List.of()));
        } else {
            // What is written in place was written before, and is one of the inputs.
            held.add(new Held(op, written, Gradients.inputs(op)));
        }
    }

    /**
     * Runs those that are needed, in their order.
     *
     * @param isRead whether a gradient rule reads what lies there
     */
    void run(Backend backend, Predicate<Allocation> isRead) {
        Set<Allocation> needed = Collections.newSetFromMap(new IdentityHashMap<>());
        List<Op> ops = new ArrayList<>();
        for (Held one : held.reversed()) {
            boolean wanted = one.written.stream()
                    .map(Tensor::allocation)
                    .anyMatch(allocation -> needed.contains(allocation) || isRead.test(allocation));
            if (wanted) {
                ops.add(one.op);
                one.inputs.forEach(input -> needed.add(input.allocation()));
            }
        }
        ops.reversed().forEach(backend::run);
        held.clear();
    }
}
