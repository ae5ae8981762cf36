package dev.errata.bench.ops;

import dev.errata.tensor.Backend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.check.OperatorCase;
import dev.errata.tensor.reference.ReferenceBackend;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Compares what a backend computes with the reference backend. */
final class OperatorCheck {
    /** Rows of large operands that are compared. */
    private static final int ROWS = 3;

    private OperatorCheck() {}

    /** How many rows of a benchmark are compared; 0 for all of it. */
    static int rows(OperatorBenchmark benchmark) {
        return benchmark.byRows() ? ROWS : 0;
    }

    /**
     * Where the outputs of an operator that has run once differ from the reference's, in words; empty if they don't.
     *
     * @param made its operands, {@link Operands#whole} with {@link #rows}
     */
    static Optional<String> difference(OperatorBenchmark benchmark, Operands made) {
        OperatorCase comparison = new OperatorCase(benchmark.toString(), benchmark.tolerance(), in -> {
            throw new IllegalStateException("compared only");
        });
        return comparison.difference(expected(benchmark), elements(made));
    }

    private static List<OperatorCase.Output> expected(OperatorBenchmark benchmark) {
        try (Backend reference = new ReferenceBackend();
                Scope scope = new Scope("reference", reference)) {
            Operands operands = Operands.checkedRows(scope, rows(benchmark));
            Op op = benchmark.build().apply(operands);
            reference.run(op);
            return elements(operands);
        }
    }

    private static List<OperatorCase.Output> elements(Operands operands) {
        List<OperatorCase.Output> elements = new ArrayList<>();
        for (Operands.Output output : operands.outputs()) {
            if (output.rows() == null) {
                elements.add(OperatorCase.Output.of(output.tensor()));
            } else {
                for (int row : output.rows()) {
                    elements.add(OperatorCase.Output.of(output.tensor().rowRange(row, 1)));
                }
            }
        }
        return elements;
    }
}
