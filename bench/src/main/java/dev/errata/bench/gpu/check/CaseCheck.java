package dev.errata.bench.gpu.check;

import dev.errata.tensor.Backend;
import dev.errata.tensor.ErrataException;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.tensor.check.OperatorCase;
import dev.errata.tensor.reference.ReferenceBackend;
import java.util.List;
import java.util.Optional;

/** Runs a case of the operators' shared table on a device and on the reference. */
final class CaseCheck implements AutoCloseable {
    private final Watched device;
    private final Backend reference = new ReferenceBackend();

    /** Remembers the operator that was run last, which is the one that a case is about. */
    private static final class Watched implements ForwardingBackend {
        private final Backend inner;
        private String last = "none";

        Watched(Backend inner) {
            this.inner = inner;
        }

        @Override
        public Backend inner() {
            return inner;
        }

        @Override
        public void run(Op op) {
            last = op.getClass().getSimpleName();
            inner.run(op);
        }
    }

    /**
     * @param device closed with this
     */
    CaseCheck(Backend device) {
        this.device = new Watched(device);
    }

    CheckedOperator run(OperatorCase operator) {
        List<OperatorCase.Output> expected = operator.run(reference);
        try {
            List<OperatorCase.Output> actual = operator.run(device);
            Optional<String> wrong = operator.difference(expected, actual);
            return row(operator, wrong.orElse(null), operator.gap(expected, actual));
        } catch (ErrataException | IllegalArgumentException e) {
            return row(operator, operator.name() + ": " + e.getMessage(), 0);
        }
    }

    private CheckedOperator row(OperatorCase operator, String wrong, double gap) {
        return new CheckedOperator(device.last, 1, wrong == null ? 0 : 1, gap, operator.tolerance(), wrong);
    }

    @Override
    public void close() {
        device.close();
        reference.close();
    }
}
