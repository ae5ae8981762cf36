package dev.errata.bench.ops;

import java.util.ArrayList;
import java.util.List;

/** Every operator that takes time in a model or a training, at the shapes of its layers. */
public final class OperatorTable {
    private OperatorTable() {}

    /**
     * @param formats of frozen weights
     * @param rows sequences or prompt tokens together, in inference
     * @param trainingRows tokens of a micro-batch
     */
    public static List<OperatorBenchmark> of(
            List<ModelShape> shapes, List<WeightFormat> formats, List<Integer> rows, int trainingRows) {
        List<OperatorBenchmark> all = new ArrayList<>();
        for (ModelShape shape : shapes) {
            all.addAll(ProductBenchmarks.of(shape, formats, rows, trainingRows));
            all.addAll(AttentionBenchmarks.of(shape, rows, trainingRows));
            all.addAll(RowBenchmarks.of(shape, trainingRows));
            all.addAll(SamplingBenchmarks.of(shape, rows));
        }
        all.addAll(UpdateBenchmarks.all());
        return all;
    }
}
