package dev.errata.bench.gpu.check;

import dev.errata.kernels.cuda.CudaException;
import dev.errata.tensor.Backend;
import dev.errata.tensor.ErrataException;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.tensor.RepeatedStep;
import dev.errata.tensor.check.OperatorCase;
import dev.errata.tensor.reference.ReferenceBackend;
import java.util.List;
import java.util.Optional;

/**
 * Runs a case of the operators' shared table on a device and on the reference. Products and attention are run twice: as in a
 * training step, and in a repeated one, for which a backend may take kernels of its own. What the device doesn't compute it has to
 * refuse; the row says so.
 */
final class CaseCheck implements AutoCloseable {
    private static final String REPEATED = ", decoding";
    private static final String REFUSED = ", refused: ";

    private final Backend device;
    private final Backend reference = new ReferenceBackend();

    /** Remembers the operator that was run last, which is the one that a case is about. */
    private static class Watched implements ForwardingBackend {
        private final Backend inner;
        private Op last;

        Watched(Backend inner) {
            this.inner = inner;
        }

        @Override
        public Backend inner() {
            return inner;
        }

        @Override
        public void run(Op op) {
            last = op;
            inner.run(op);
        }

        String operator() {
            return last == null ? "none" : last.getClass().getSimpleName();
        }
    }

    /** Runs each operator as a repeated step that is run once. */
    private static final class Repeating extends Watched {
        Repeating(Backend inner) {
            super(inner);
        }

        @Override
        public void run(Op op) {
            try (RepeatedStep step = inner().repeated(() -> super.run(op))) {
                step.run();
            }
        }
    }

    /**
     * @param device closed with this
     */
    CaseCheck(Backend device) {
        this.device = device;
    }

    /** The case's row, and another where it was run in a repeated step too. */
    List<CheckedOperator> run(OperatorCase operator) {
        Optional<String> refusal = operator.refusal(device);
        if (refusal.isPresent()) {
            return List.of(refused(operator, refusal.get()));
        }
        List<OperatorCase.Output> expected = operator.run(reference);
        Watched once = new Watched(device);
        CheckedOperator row = compared(operator, expected, once, "");
        boolean isRepeatedToo = once.last instanceof Op.Linear
                || once.last instanceof Op.MatMul
                || once.last instanceof Op.Attention
                || once.last instanceof Op.Embedding;
        return isRepeatedToo
                ? List.of(row, compared(operator, expected, new Repeating(device), REPEATED))
                : List.of(row);
    }

    /** Computing it all the same is a failure: it would be something else. */
    private CheckedOperator refused(OperatorCase operator, String reason) {
        Watched once = new Watched(device);
        String wrong;
        try {
            operator.run(once);
            wrong = operator.name() + ": computed, but " + reason;
        } catch (IllegalArgumentException e) {
            wrong = null;
        }
        return row(operator, once.operator() + REFUSED + reason, wrong, 0);
    }

    private static CheckedOperator compared(
            OperatorCase operator, List<OperatorCase.Output> expected, Watched on, String how) {
        try {
            List<OperatorCase.Output> actual = operator.run(on);
            String wrong = operator.difference(expected, actual).orElse(null);
            return row(operator, on.operator() + how, wrong, operator.gap(expected, actual));
        } catch (ErrataException | CudaException | IllegalArgumentException e) {
            return row(operator, on.operator() + how, operator.name() + ": " + e.getMessage(), 0);
        }
    }

    private static CheckedOperator row(OperatorCase operator, String name, String wrong, double gap) {
        return new CheckedOperator(name, 1, wrong == null ? 0 : 1, gap, operator.tolerance(), wrong);
    }

    @Override
    public void close() {
        device.close();
        reference.close();
    }
}
