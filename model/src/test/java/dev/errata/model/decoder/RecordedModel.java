package dev.errata.model.decoder;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.errata.model.file.SafetensorsFile;
import dev.errata.model.file.TensorEntry;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A tiny checkpoint with what transformers 5.18.0 computes with it, recorded beside it. */
public record RecordedModel(Path folder) {
    private static final Path COMMITTED = Path.of("src", "test", "resources", "oracle", "models");

    public static RecordedModel committed(String name) {
        return new RecordedModel(COMMITTED.resolve(name));
    }

    public Decoder load(Backend backend) {
        return load(backend, Precision.F32);
    }

    public Decoder load(Backend backend, Precision precision) {
        ModelSource source = ModelSource.open(folder);
        return Decoder.load(source.config(), source.weights(), backend, null, precision);
    }

    private Path beside(String ending) {
        return folder.resolveSibling(folder.getFileName() + ending);
    }

    private TensorEntry entry(String name, Arena arena) {
        return SafetensorsFile.open(beside(".io.safetensors"), arena).entries().get(name);
    }

    public float[] floats(String name) {
        try (Arena arena = Arena.ofShared()) {
            return entry(name, arena).toFloats();
        }
    }

    /** A matrix of ids or masks. */
    public int[][] rows(String name) {
        try (Arena arena = Arena.ofShared()) {
            TensorEntry entry = entry(name, arena);
            int[] flat = entry.data().toArray(ValueLayout.JAVA_INT_UNALIGNED);
            int width = Math.toIntExact(entry.shape().columns());
            int[][] rows = new int[flat.length / width][width];
            for (int i = 0; i < flat.length; i++) {
                rows[i / width][i % width] = flat[i];
            }
            return rows;
        }
    }

    /** The batch of prompts whose greedy continuations are recorded, without its padding. */
    public List<int[]> prompts() {
        int[][] ids = rows("gen.batch");
        int[][] mask = rows("gen.batch_mask");
        List<int[]> prompts = new ArrayList<>();
        for (int row = 0; row < ids.length; row++) {
            int[] kept = ids[row];
            int[] real = mask[row];
            int[] prompt = java.util.stream.IntStream.range(0, kept.length)
                    .filter(i -> real[i] == 1)
                    .map(i -> kept[i])
                    .toArray();
            prompts.add(prompt);
        }
        return prompts;
    }

    public JsonNode json() {
        try {
            return new ObjectMapper().readTree(beside(".io.json").toFile());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
    }

    public static int[] ids(JsonNode array) {
        int[] ids = new int[array.size()];
        for (int i = 0; i < ids.length; i++) {
            ids[i] = array.get(i).asInt();
        }
        return ids;
    }

    @Override
    public String toString() {
        return folder.getFileName().toString();
    }
}
