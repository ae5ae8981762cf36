package dev.errata.bench.ops;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** Products: linear layers forward and backward by weights of each format, and those of a low-rank adapter. */
final class ProductBenchmarks {
    private static final int RANK = 64;
    private final ModelShape shape;
    private final List<OperatorBenchmark> benchmarks = new ArrayList<>();

    private record Layer(String name, int out, int in) {}

    private ProductBenchmarks(ModelShape shape) {
        this.shape = shape;
    }

    /**
     * @param formats of the weights
     * @param rows of x, forward
     * @param trainingRows of x, backward
     */
    static List<OperatorBenchmark> of(
            ModelShape shape, List<WeightFormat> formats, List<Integer> rows, int trainingRows) {
        ProductBenchmarks table = new ProductBenchmarks(shape);
        List<Layer> layers = List.of(
                new Layer("q", shape.queryWidth(), shape.hidden()),
                new Layer("k", shape.keyWidth(), shape.hidden()),
                new Layer("gate", shape.intermediate(), shape.hidden()),
                new Layer("down", shape.hidden(), shape.intermediate()),
                new Layer("lm_head", shape.vocabulary(), shape.hidden()));
        for (Layer layer : layers) {
            boolean isLast = layer.name().equals("lm_head");
            for (WeightFormat format : formats) {
                if (!format.fits(layer.in())) {
                    continue;
                }
                for (int n : rows) {
                    for (Arithmetic kind : Arithmetic.values()) {
                        if (format.isComputedIn(kind)) {
                            table.forward(layer, format, kind, isLast ? shape.logitRows(n) : n);
                        }
                    }
                }
                table.backward(layer, format, isLast ? shape.logitRows(trainingRows) : trainingRows);
            }
        }
        for (Layer layer : layers.subList(0, layers.size() - 1)) {
            table.lowRank(layer, trainingRows);
        }
        return table.benchmarks;
    }

    /** Rows and results have one type. */
    private void forward(Layer layer, WeightFormat format, Arithmetic kind, int n) {
        DType type = rows(kind);
        String rows = kind == Arithmetic.F32 ? "" : " by " + kind.toString().toLowerCase(Locale.ROOT);
        benchmarks.add(new OperatorBenchmark(
                "Linear",
                name(layer, n, layer.out(), layer.in()) + " " + format + rows,
                work(n, layer, format.bytes(layer.out(), layer.in()), kind),
                type == DType.BF16 ? OperatorBenchmark.BF16 : OperatorBenchmark.SUMS,
                true,
                in -> new Op.Linear(
                        in.rows(type, n, layer.in()),
                        format.prepared(in, layer.out(), layer.in(), kind),
                        in.output(type, n, layer.out()),
                        false)));
    }

    private void backward(Layer layer, WeightFormat format, int n) {
        add(
                "LinearBackward",
                name(layer, n, layer.in(), layer.out()) + " " + format,
                work(n, layer, format.bytes(layer.out(), layer.in())),
                true,
                in -> new Op.LinearBackward(
                        in.rows(DType.F32, n, layer.out()),
                        format.prepared(in, layer.out(), layer.in(), Arithmetic.F32),
                        in.output(DType.F32, n, layer.in()),
                        false));
    }

    /** x · Aᵀ; y += h · Bᵀ; dA = dHᵀ · x; dB += dYᵀ · h, of rank 64. */
    private void lowRank(Layer layer, int n) {
        Layer down = new Layer(layer.name() + " A", RANK, layer.in());
        Layer up = new Layer(layer.name() + " B", layer.out(), RANK);
        add(
                "MatMul x·AT",
                name(down, n, RANK, layer.in()),
                work(n, down, 4.0 * down.out() * down.in()),
                true,
                in -> new Op.MatMul(
                        in.rows(DType.F32, n, layer.in()),
                        in.normal(RANK, layer.in()),
                        in.output(DType.F32, n, RANK),
                        false,
                        true,
                        1,
                        false));
        add(
                "MatMul y+=h·BT",
                name(up, n, layer.out(), RANK),
                work(n, up, 4.0 * up.out() * up.in()),
                true,
                in -> new Op.MatMul(
                        in.rows(DType.F32, n, RANK),
                        in.normal(layer.out(), RANK),
                        in.output(DType.F32, n, layer.out()),
                        false,
                        true,
                        0.25f,
                        true));
        gradient("MatMul dA=dHT·x", down, n);
        gradient("MatMul dB=dYT·h", up, n);
    }

    private void gradient(String operator, Layer layer, int n) {
        add(
                operator,
                name(layer, layer.out(), layer.in(), n),
                work(n, layer, 4.0 * layer.out() * layer.in()),
                false,
                in -> {
                    Tensor left = in.normal(n, layer.out());
                    Tensor right = in.normal(n, layer.in());
                    Tensor out = in.wholeOutput(DType.F32, layer.out(), layer.in());
                    return new Op.MatMul(left, right, out, true, false, 1, false);
                });
    }

    private static DType rows(Arithmetic kind) {
        return kind == Arithmetic.BF16 ? DType.BF16 : DType.F32;
    }

    private String name(Layer layer, int m, int n, int k) {
        return shape.name() + " " + layer.name() + " " + m + "x" + n + "x" + k;
    }

    private static Work work(int n, Layer layer, double weightBytes) {
        return work(n, layer, weightBytes, Arithmetic.F32);
    }

    private static Work work(int n, Layer layer, double weightBytes, Arithmetic kind) {
        double rows = (double) rows(kind).bytes() * n * ((double) layer.out() + layer.in());
        return new Work(2.0 * n * layer.out() * layer.in(), weightBytes + rows, kind);
    }

    private void add(String operator, String name, Work work, boolean byRows, Function<Operands, Op> build) {
        benchmarks.add(new OperatorBenchmark(operator, name, work, OperatorBenchmark.SUMS, byRows, build));
    }
}
