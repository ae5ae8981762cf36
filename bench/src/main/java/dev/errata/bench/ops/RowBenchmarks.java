package dev.errata.bench.ops;

import dev.errata.tensor.Activation;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What is done between products, row by row: norms, gates, rotation, dropout, embedding, loss. */
final class RowBenchmarks {
    private static final float EPS = 1e-5f;

    private final ModelShape shape;
    private final int n;
    private final List<OperatorBenchmark> benchmarks = new ArrayList<>();

    private RowBenchmarks(ModelShape shape, int n) {
        this.shape = shape;
        this.n = n;
    }

    /**
     * @param n rows, as a training has them
     */
    static List<OperatorBenchmark> of(ModelShape shape, int n) {
        RowBenchmarks table = new RowBenchmarks(shape, n);
        table.norm();
        table.gate();
        table.rope();
        table.plain();
        table.ends();
        return table.benchmarks;
    }

    private void norm() {
        int c = shape.hidden();
        add(
                "RmsNorm",
                c,
                2,
                in -> new Op.RmsNorm(
                        in.rows(DType.F32, n, c),
                        in.normal(c),
                        EPS,
                        in.output(DType.F32, n, c),
                        in.output(DType.F32, n, 1)));
        add("RmsNormBackward", c, 3, in -> {
            Tensor x = in.rows(DType.F32, n, c);
            Tensor weight = in.normal(c);
            Tensor rstd = in.rows(DType.F32, n, 1);
            in.run(new Op.RmsNorm(x, weight, EPS, in.rows(DType.F32, n, c), rstd));
            return new Op.RmsNormBackward(
                    x, weight, 0, rstd, in.rows(DType.F32, n, c), in.output(DType.F32, n, c), false, null);
        });
    }

    private void gate() {
        int w = shape.intermediate();
        add(
                "GatedActivation",
                w,
                3,
                in -> new Op.GatedActivation(
                        in.rows(DType.F32, n, w),
                        in.rows(DType.F32, n, w),
                        Activation.SILU,
                        in.output(DType.F32, n, w)));
        add(
                "GatedActivationBackward",
                w,
                5,
                in -> new Op.GatedActivationBackward(
                        in.rows(DType.F32, n, w),
                        in.rows(DType.F32, n, w),
                        Activation.SILU,
                        in.rows(DType.F32, n, w),
                        in.output(DType.F32, n, w),
                        in.output(DType.F32, n, w)));
    }

    private void rope() {
        int w = shape.queryWidth();
        int half = shape.headDim() / 2;
        add("Rope", w, 2, in -> {
            float[] cos = new float[n * half];
            float[] sin = new float[n * half];
            for (int i = 0; i < cos.length; i++) {
                cos[i] = (float) Math.cos(0.37 * i);
                sin[i] = (float) Math.sin(0.37 * i);
            }
            return new Op.Rope(
                    in.output(DType.F32, n, w),
                    in.floats(cos, n, half),
                    in.floats(sin, n, half),
                    in.ids(in.present(n)),
                    shape.headDim(),
                    false);
        });
    }

    private void plain() {
        int c = shape.hidden();
        add(
                "Add",
                c,
                3,
                in -> new Op.Add(in.rows(DType.F32, n, c), in.rows(DType.F32, n, c), in.output(DType.F32, n, c)));
        add("Copy f32 to bf16", c, 1.5, in -> new Op.Copy(in.rows(DType.F32, n, c), in.output(DType.BF16, n, c)));
        // An element's mask hangs on its place, so all rows are there.
        benchmarks.add(new OperatorBenchmark(
                "Dropout",
                name(n, c),
                Work.ofBytes(4.0 * 2 * n * c),
                OperatorBenchmark.ROUNDINGS,
                false,
                in -> new Op.Dropout(in.normal(n, c), in.wholeOutput(DType.F32, n, c), 0.05f, 1, 2)));
    }

    private void ends() {
        int c = shape.hidden();
        int v = shape.vocabulary();
        int rows = shape.logitRows(n);
        add(
                "Embedding",
                c,
                2,
                in -> new Op.Embedding(
                        new Weight.Dense(in.normal(v, c)), in.idsByRow(v, n), in.output(DType.F32, n, c)));
        benchmarks.add(new OperatorBenchmark(
                "CrossEntropy",
                name(rows, v),
                Work.ofBytes(4.0 * 3 * rows * v),
                OperatorBenchmark.ROUNDINGS,
                true,
                in -> {
                    Tensor logits = in.output(DType.F32, rows, v);
                    Tensor losses = in.output(DType.F32, rows, 1);
                    return new Op.CrossEntropy(logits, in.idsByRow(v, rows), losses, logits, 1f / rows);
                }));
    }

    private String name(int rows, int columns) {
        return shape.name() + " " + rows + "x" + columns;
    }

    /**
     * @param passes over a tensor of n rows and so many columns of F32
     */
    private void add(String operator, int columns, double passes, Function<Operands, Op> build) {
        benchmarks.add(new OperatorBenchmark(
                operator,
                name(n, columns),
                Work.ofBytes(4.0 * passes * n * columns),
                OperatorBenchmark.ROUNDINGS,
                true,
                build));
    }
}
