package dev.errata.bench.check;

import dev.errata.bench.ops.OperatorShape;
import dev.errata.tensor.Accesses;
import dev.errata.tensor.Backend;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.autograd.GradientCheck;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Runs operators on another backend and checks the gradient rule of each kind of operator, at each shape, the first time that it
 * comes. Closes the backend below.
 */
final class CheckingBackend implements ForwardingBackend {
    private final Backend inner;
    private final Set<String> known = new HashSet<>();
    private final List<GradientRow> rows = new ArrayList<>();
    private final Set<String> passedOver = new HashSet<>();
    private boolean checks;
    /** Between the embedding and the loss; operators of gradients have no rule themselves. */
    private boolean forward;

    CheckingBackend(Backend inner) {
        this.inner = inner;
    }

    void check() {
        checks = true;
    }

    void stop() {
        checks = false;
    }

    List<GradientRow> rows() {
        return List.copyOf(rows);
    }

    /** Operators with a gradient rule that were not checked, as their tensors aren't F32. */
    Set<String> passedOver() {
        return Set.copyOf(passedOver);
    }

    @Override
    public Backend inner() {
        return inner;
    }

    @Override
    public void run(Op op) {
        if (checks) {
            forward = op instanceof Op.Embedding || (forward && !(op instanceof Op.CrossEntropy));
            if (forward) {
                check(op);
            }
        }
        inner.run(op);
    }

    private void check(Op op) {
        Tensor out = Accesses.of(op).writes().getFirst();
        String name = op.getClass().getSimpleName();
        String shape = OperatorShape.of(op);
        if (!GradientCheck.hasRule(op) || !known.add(name + shape)) {
            return;
        }
        if (!GradientCheck.applies(op, out)) {
            passedOver.add(name);
            return;
        }
        for (GradientCheck.Result each : GradientCheck.of(op, out, inner)) {
            rows.add(new GradientRow(name, shape, each.input(), each.elements(), each.error()));
        }
    }
}
