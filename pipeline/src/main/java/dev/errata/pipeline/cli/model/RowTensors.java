package dev.errata.pipeline.cli.model;

import dev.errata.model.file.SafetensorsWriter;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A safetensors file with one or more F32 tensors [T, columns] for each row; places of masked tokens hold zeros. */
final class RowTensors implements AutoCloseable {
    private final SafetensorsWriter writer;
    private final List<ScoreRow> rows;
    private final String suffix;

    /**
     * @param layers tensors of a row, {@code row.N.layer.L}; 0 for one alone, {@code row.N}
     */
    RowTensors(Path file, List<ScoreRow> rows, int layers, int columns) {
        this.rows = rows;
        this.suffix = layers == 0 ? "" : ".layer.";
        List<SafetensorsWriter.Plan> plans = new ArrayList<>();
        for (int row = 0; row < rows.size(); row++) {
            for (int layer = 0; layer < Math.max(1, layers); layer++) {
                plans.add(new SafetensorsWriter.Plan(
                        name(row, layer), DType.F32, Shape.of(rows.get(row).length(), columns)));
            }
        }
        this.writer = SafetensorsWriter.create(file, Map.of(), plans);
    }

    private String name(int row, int layer) {
        return "row." + row + (suffix.isEmpty() ? "" : suffix + layer);
    }

    /** Takes the values of a row's live tokens in order, and writes them where those tokens stand. */
    Scorer.Sink sink(int row) {
        int[] live = rows.get(row).live();
        int length = rows.get(row).length();
        return (layer, from, columns, values) -> {
            int count = values.length / columns;
            int begin = from == 0 ? 0 : live[from - 1] + 1;
            int end = from + count == live.length ? length : live[from + count - 1] + 1;
            float[] placed = new float[(end - begin) * columns];
            for (int i = 0; i < count; i++) {
                System.arraycopy(values, i * columns, placed, (live[from + i] - begin) * columns, columns);
            }
            writer.write(name(row, layer), MemorySegment.ofArray(placed));
        };
    }

    /** A row without a live token: all zeros. */
    void writeZeros(int row, int layers, int columns) {
        for (int layer = 0; layer < Math.max(1, layers); layer++) {
            writer.write(
                    name(row, layer),
                    MemorySegment.ofArray(new float[rows.get(row).length() * columns]));
        }
    }

    void commit() {
        writer.commit();
    }

    @Override
    public void close() {
        writer.close();
    }
}
