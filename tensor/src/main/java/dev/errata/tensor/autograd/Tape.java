package dev.errata.tensor.autograd;

import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * What was run forward, so that it can be differentiated backward. Only operators that depend on a trainable tensor are
 * kept: frozen inputs cost nothing.
 */
public final class Tape {
    private final IdentityHashMap<Tensor, Tensor> parameterGradients;
    private final Set<Tensor> active = Collections.newSetFromMap(new IdentityHashMap<>());
    private final List<Entry> entries = new ArrayList<>();
    private final Lifetimes lifetimes = new Lifetimes();

    sealed interface Entry {
        Tensor out();

        /** What its gradient rule reads. */
        List<Tensor> saved();

        record Ran(Op op, Tensor out, List<Tensor> saved) implements Entry {}

        /** A part that is run again for its gradient: only x, out and some small outputs were kept. */
        record Recomputed(Block block, Tensor x, Tensor out, KeptOutputs kept) implements Entry {
            @Override
            public List<Tensor> saved() {
                return Stream.concat(Stream.of(x), kept.tensors().stream()).toList();
            }
        }
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

    /** How long the memory of what is recorded is needed. */
    Lifetimes lifetimes() {
        return lifetimes;
    }

    void record(Op op, Tensor out) {
        lifetimes.wrote(op, out);
        if (Gradients.inputs(op).stream().anyMatch(this::isActive)) {
            add(new Entry.Ran(op, out, Gradients.saved(op, this)));
        }
    }

    private void add(Entry entry) {
        active.add(entry.out());
        entries.add(entry);
        lifetimes.read(entry.saved());
    }

    /** A block may hold trainable tensors that can't be seen from outside, so its output is always active. */
    void recordBlock(Block block, Tensor x, Tensor out, KeptOutputs kept) {
        add(new Entry.Recomputed(block, x, out, kept));
    }

    /** One line for each kept operator: what its gradient rule needs alive, and what of it is made again for it. */
    public List<String> describe() {
        return entries.stream()
                .map(entry -> switch (entry) {
                    case Entry.Ran(Op op, Tensor out, List<Tensor> saved) ->
                        op.getClass().getSimpleName() + " -> " + out + needs(saved);
                    case Entry.Recomputed again -> "block -> " + again.out() + needs(again.saved());
                })
                .toList();
    }

    private String needs(List<Tensor> saved) {
        return saved.isEmpty()
                ? ""
                : " needs "
                        + String.join(
                                "; ", saved.stream().map(lifetimes::describe).toList());
    }

    /**
     * Adds the gradients of all trainable tensors, given that of {@code out}. What was recorded is used up: saved tensors
     * and gradients of activations are freed after the last rule that reads them.
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
        IdentityHashMap<Tensor, Integer> writers = new IdentityHashMap<>();
        entries.forEach(entry -> writers.merge(entry.out(), 1, Integer::sum));
        while (!entries.isEmpty()) {
            Entry entry = entries.removeLast();
            Tensor dOut = slots.get(entry.out());
            if (dOut != null) {
                lifetimes.require(entry.saved());
                switch (entry) {
                    case Entry.Ran(Op op, Tensor out, List<Tensor> saved) -> Gradients.apply(op, dOut, slots);
                    case Entry.Recomputed again -> recompute(again, dOut, slots);
                }
            }
            lifetimes.done(entry.saved());
            // What several operators wrote to in place has its gradient until the first of them.
            if (writers.merge(entry.out(), -1, Integer::sum) == 0) {
                slots.release(entry.out());
            }
            slots.sweep();
        }
    }

    private void recompute(Entry.Recomputed again, Tensor dOut, GradientSlots slots) {
        Tensor x = again.x();
        Scope outer = slots.scope();
        try (Scope inner = new Scope("recomputed block", outer.backend())) {
            Tape tape = new Tape(parameterGradients);
            tape.activate(x);
            Ops ops = new Ops(inner, tape);
            Tensor out = ops.blockForGradients(x, again.block(), again.kept());
            ops.release(out);
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
