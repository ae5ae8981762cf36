package dev.errata.tensor.autograd;

import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * What was run forward, so that it can be differentiated backward. Only operators that depend on a trainable tensor are
 * kept: frozen inputs cost nothing.
 */
public final class Tape {
    private final IdentityHashMap<Tensor, Tensor> parameterGradients;
    private final Set<Tensor> active = Collections.newSetFromMap(new IdentityHashMap<>());
    private final List<Entry> entries = new ArrayList<>();

    sealed interface Entry {
        Tensor out();

        record Ran(Op op, Tensor out) implements Entry {}

        /** A part that is run again for its gradient: only x and out were kept. */
        record Recomputed(Block block, Tensor x, Tensor out) implements Entry {}
    }

    /**
     * @param parameterGradients for each trainable tensor the tensor of the same shape to which its gradient is added;
     *     keyed by identity
     */
    public Tape(IdentityHashMap<Tensor, Tensor> parameterGradients) {
        this.parameterGradients = parameterGradients;
    }

    /** The gradients by trainable tensor. */
    IdentityHashMap<Tensor, Tensor> parameterGradients() {
        return parameterGradients;
    }

    /** Whether a gradient flows into this tensor. */
    boolean isActive(Tensor tensor) {
        return parameterGradients.containsKey(tensor) || active.contains(tensor);
    }

    void activate(Tensor tensor) {
        active.add(tensor);
    }

    void record(Op op, Tensor out) {
        if (Gradients.inputs(op).stream().anyMatch(this::isActive)) {
            active.add(out);
            entries.add(new Entry.Ran(op, out));
        }
    }

    /** A block may hold trainable tensors that can't be seen from outside, so its output is always active. */
    void recordBlock(Block block, Tensor x, Tensor out) {
        active.add(out);
        entries.add(new Entry.Recomputed(block, x, out));
    }

    /** One line for each kept operator: what it holds alive. */
    public List<String> describe() {
        return entries.stream()
                .map(entry -> switch (entry) {
                    case Entry.Ran(Op op, Tensor out) -> op.getClass().getSimpleName() + " -> " + out;
                    case Entry.Recomputed(Block block, Tensor x, Tensor out) -> "Recomputed " + x + " -> " + out;
                })
                .toList();
    }

    /**
     * Adds the gradients of all trainable tensors, given that of {@code out}.
     *
     * @param scope where gradients of activations live
     */
    public void backward(Tensor out, Tensor dOut, Scope scope) {
        GradientSlots slots = new GradientSlots(this, scope);
        slots.add(out, dOut);
        run(slots);
    }

    /** Runs all rules, from the last operator to the first; tensors whose gradient nobody asked for are passed over. */
    private void run(GradientSlots slots) {
        for (Entry entry : entries.reversed()) {
            Tensor dOut = slots.get(entry.out());
            if (dOut == null) {
                continue;
            }
            switch (entry) {
                case Entry.Ran(Op op, Tensor out) -> Gradients.apply(op, dOut, slots);
                case Entry.Recomputed(Block block, Tensor x, Tensor out) -> recompute(block, x, dOut, slots);
            }
        }
    }

    private void recompute(Block block, Tensor x, Tensor dOut, GradientSlots slots) {
        Scope outer = slots.scope();
        try (Scope inner = new Scope("recomputed block", outer.backend())) {
            Tape tape = new Tape(parameterGradients);
            tape.activate(x);
            Tensor out = block.apply(new Ops(inner, tape), x);
            GradientSlots innerSlots = new GradientSlots(tape, inner);
            innerSlots.add(out, dOut);
            tape.run(innerSlots);
            Tensor dX = innerSlots.get(x);
            if (dX != null) {
                slots.accumulate(
                        x,
                        (target, accumulate) -> outer.backend()
                                .run(accumulate ? new Op.Add(dX, target, target) : new Op.Copy(dX, target)));
            }
        }
    }
}
