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
        kinds.addAll(WeightKind.ggml(sizes[0][0], sizes.length == 1 ? 256 : 512));
        for (WeightKind kind : kinds) {
            kind(kind);
            kind(kind.prepared());
        }
        return cases;
    }

    private void kind(WeightKind kind) {
        int out = kind.out();
        int in = kind.in();
        for (int rows : rowCounts) {
            boolean accumulate = rows % 2 == 1;
            DType x = rows % 3 == 1 ? DType.BF16 : DType.F32;
            DType y = rows == 3 || rows == 16 ? DType.BF16 : DType.F32;
            double tolerance = y == DType.BF16 ? BF16 : SUMS;
            String size = " " + rows + " rows by " + kind.name() + (accumulate ? " +=" : "");
            add(
                    "linear" + size,
                    tolerance,
                    i -> new Op.Linear(
                            i.normal(x, rows, in), kind.make(i), i.compared(i.normal(y, rows, out)), accumulate));
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

    private void add(String name, double tolerance, Function<Inputs, Op> build) {
        cases.add(new OperatorCase(name, tolerance, build));
    }
}
