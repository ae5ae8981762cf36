package dev.errata.tensor.autograd;

import dev.errata.tensor.Allocation;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;

/**
 * The gradients of tensors while a tape runs backward, each of the type of its tensor. Gradients that are shared with
 * another tensor are never written to; the first that adds to one makes its own. Memory that was made here and that no
 * slot holds any more is freed after each rule.
 */
final class GradientSlots {
    private final Tape tape;
    private final Scope scope;
    private final IdentityHashMap<Tensor, Slot> slots = new IdentityHashMap<>();
    /** For each gradient's memory that was made here how many slots hold it. */
    private final IdentityHashMap<Allocation, Integer> holders = new IdentityHashMap<>();

    /** Memory that may be held by none. */
    private final List<Allocation> loose = new ArrayList<>();

    private record Slot(Tensor gradient, boolean shared) {}

    /** Writes a gradient to the target, or adds it where told to. */
    @FunctionalInterface
    interface Writer {
        void write(Tensor target, boolean accumulate);
    }

    GradientSlots(Tape tape, Scope scope) {
        this.tape = tape;
        this.scope = scope;
    }

    Scope scope() {
        return scope;
    }

    /** The gradient found so far, or null. */
    Tensor get(Tensor tensor) {
        Slot slot = slots.get(tensor);
        return slot == null ? null : slot.gradient();
    }

    boolean wants(Tensor tensor) {
        return tape.isActive(tensor);
    }

    /** Where a trainable tensor's gradient is added up, or null for a frozen one. */
    Tensor parameter(Tensor tensor) {
        return tape.parameterGradients().get(tensor);
    }

    /** Lets the writer add to the gradient of a tensor that wants one. */
    void accumulate(Tensor tensor, Writer writer) {
        Tensor parameter = parameter(tensor);
        if (parameter != null) {
            writer.write(parameter, true);
            return;
        }
        if (!tape.isActive(tensor)) {
            return;
        }
        Slot slot = slots.get(tensor);
        if (slot != null && !slot.shared()) {
            writer.write(slot.gradient(), true);
            return;
        }
        Tensor fresh = fresh(tensor);
        writer.write(fresh, false);
        if (slot != null) {
            scope.backend().run(new Op.Add(fresh, slot.gradient(), fresh));
        }
        put(tensor, new Slot(fresh, false));
    }

    /** Adds a gradient that belongs to another tensor too, converted where that has another type. */
    void add(Tensor tensor, Tensor gradient) {
        Tensor parameter = parameter(tensor);
        if (parameter != null) {
            scope.backend().run(new Op.Add(parameter, gradient, parameter));
            return;
        }
        if (!tape.isActive(tensor)) {
            return;
        }
        Slot slot = slots.get(tensor);
        if (slot == null && gradient.dtype() == tensor.dtype()) {
            put(tensor, new Slot(gradient, true));
        } else if (slot == null) {
            put(tensor, new Slot(copy(tensor, gradient), false));
        } else {
            Tensor target = slot.shared() ? fresh(tensor) : slot.gradient();
            scope.backend().run(new Op.Add(slot.gradient(), gradient, target));
            put(tensor, new Slot(target, false));
        }
    }

    /** Adds a gradient that nobody else holds. */
    void give(Tensor tensor, Tensor gradient) {
        boolean fits = gradient.dtype() == tensor.dtype();
        if (fits && slots.get(tensor) == null && parameter(tensor) == null && tape.isActive(tensor)) {
            put(tensor, new Slot(gradient, false));
        } else {
            add(tensor, gradient);
        }
    }

    /** The gradient of a tensor, to be changed in place. */
    Tensor own(Tensor tensor) {
        Slot slot = slots.get(tensor);
        if (slot.shared()) {
            put(tensor, new Slot(copy(tensor, slot.gradient()), false));
        }
        return slots.get(tensor).gradient();
    }

    private Tensor copy(Tensor like, Tensor gradient) {
        Tensor copy = fresh(like);
        scope.backend().run(new Op.Copy(gradient, copy));
        return copy;
    }

    /** Room for the gradient of a tensor. */
    Tensor fresh(Tensor like) {
        return fresh(like, like.dtype());
    }

    /** The same in another type. */
    Tensor fresh(Tensor like, DType dtype) {
        Tensor room = scope.allocate("d " + like.name(), dtype, like.shape().toArray());
        holders.put(room.allocation(), 0);
        loose.add(room.allocation());
        return room;
    }

    private void put(Tensor tensor, Slot slot) {
        hold(slot.gradient().allocation(), 1);
        letGo(slots.put(tensor, slot));
    }

    /** Nothing adds to the gradient of this tensor any more, and nothing reads it. */
    void release(Tensor tensor) {
        letGo(slots.remove(tensor));
    }

    private void letGo(Slot slot) {
        if (slot != null) {
            hold(slot.gradient().allocation(), -1);
        }
    }

    private void hold(Allocation gradient, int change) {
        if (holders.computeIfPresent(gradient, (g, count) -> count + change) != null && change < 0) {
            loose.add(gradient);
        }
    }

    /** Frees what no slot holds; for after a rule, within which gradients may be held by its variables alone. */
    void sweep() {
        for (Allocation gradient : loose) {
            if (holders.getOrDefault(gradient, 1) == 0) {
                holders.remove(gradient);
                scope.free(gradient);
            }
        }
        loose.clear();
    }
}
