package dev.errata.tensor.check;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.check.OperatorCase.Inputs;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What is done with frozen weights: every kind of them, as stored and as the backend prepares it. */
final class WeightCases {
    private static final double SUMS = 1e-5;
    /** A sum in another order may fall on the other side of the middle between two bf16 values. */
    private static final double BF16 = 1 / 128.0;

    private static final int[] RANKS = {1, 3, 8};

    private final int[][] sizes;
    private final int[] rowCounts;
    private final List<OperatorCase> cases = new ArrayList<>();

    /**
     * @param sizes of dense and 4-bit weights: out, in, block size
     */
    WeightCases(int[][] sizes, int... rowCounts) {
        this.sizes = sizes;
        this.rowCounts = rowCounts;
    }

    List<OperatorCase> all() {
        List<WeightKind> kinds = new ArrayList<>();
        for (int[] size : sizes) {
            kinds.addAll(WeightKind.denseAndFourBit(size[0], size[1], size[2]));
        }
        int inputs = sizes.length == 1 ? 256 : 512;
        kinds.addAll(WeightKind.ggml(sizes[0][0], inputs));
        for (WeightKind kind : kinds) {
            kind(kind);
            kind(kind.prepared());
        }
        for (WeightKind kind : WeightKind.eightBitRows(sizes[0][0], inputs)) {
            eightBitRows(kind);
            eightBitRows(kind.prepared());
        }
        return cases;
    }

    private void kind(WeightKind kind) {
        int out = kind.out();
        int in = kind.in();
        for (int rows : rowCounts) {
            boolean accumulate = accumulates(rows);
            DType x = rowsIn(rows);
            DType y = rowsOut(rows);
            double tolerance = tolerance(rows);
            String size = size(rows, kind);
            add("linear" + size, tolerance, linear(rows, kind));
            add(
                    "linear backward" + size,
                    tolerance,
                    i -> new Op.LinearBackward(
                            i.normal(x, rows, out), kind.make(i), i.compared(i.normal(y, rows, in)), accumulate));
            if (out > 0) {
                add(
                        "embedding" + size,
                        0,
                        i -> new Op.Embedding(kind.make(i), i.ids(out, rows), i.compared(i.normal(y, rows, in))));
            }
        }
        for (DType y : new DType[] {DType.F32, DType.BF16}) {
            add(
                    "dequantize " + kind.name() + " to " + y,
                    0,
                    i -> new Op.Dequantize(kind.make(i), i.compared(i.normal(y, out, in))));
        }
        for (int rank : RANKS) {
            add(
                    "row norm rank " + rank + " of " + kind.name(),
                    SUMS,
                    i -> new Op.LoraRowNorm(
                            kind.make(i), i.normal(rank, in), i.normal(out, rank), 0.5f, i.output(out)));
        }
    }

    /** Nothing but products are others with such rows. */
    private void eightBitRows(WeightKind kind) {
        for (int rows : rowCounts) {
            cases.add(new OperatorCase("linear" + size(rows, kind), tolerance(rows), linear(rows, kind), true));
        }
    }

    private static Function<Inputs, Op> linear(int rows, WeightKind kind) {
        return i -> new Op.Linear(
                i.normal(rowsIn(rows), rows, kind.in()),
                kind.make(i),
                i.compared(i.normal(rowsOut(rows), rows, kind.out())),
                accumulates(rows));
    }

    private static String size(int rows, WeightKind kind) {
        return " " + rows + " rows by " + kind.name() + (accumulates(rows) ? " +=" : "");
    }

    private static boolean accumulates(int rows) {
        return rows % 2 == 1;
    }

    private static DType rowsIn(int rows) {
        return rows % 3 == 1 ? DType.BF16 : DType.F32;
    }

    private static DType rowsOut(int rows) {
        return rows == 3 || rows == 16 ? DType.BF16 : DType.F32;
    }

    private static double tolerance(int rows) {
        return rowsOut(rows) == DType.BF16 ? BF16 : SUMS;
    }

    private void add(String name, double tolerance, Function<Inputs, Op> build) {
        cases.add(new OperatorCase(name, tolerance, build));
    }
}
