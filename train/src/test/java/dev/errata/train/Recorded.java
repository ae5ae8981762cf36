package dev.errata.train;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.errata.model.file.SafetensorsFile;
import dev.errata.model.file.TensorEntry;
import dev.errata.tensor.DType;
import dev.errata.train.data.Example;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What torch, peft and transformers computed, committed among the test resources. */
public final class Recorded {
    /** The tiny model on which all trajectories run; the model's own tests hold it. */
    public static final Path MODEL = Path.of(
                    "..", "model", "src", "test", "resources", "oracle", "models", "llama2-mha")
            .toAbsolutePath()
            .normalize();

    private static final Path FOLDER =
            Path.of("src", "test", "resources", "oracle").toAbsolutePath();

    private Recorded() {}

    public static Path path(String name) {
        return FOLDER.resolve(name);
    }

    public static JsonNode json(String name) {
        try {
            return new ObjectMapper().readTree(path(name).toFile());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static double[] doubles(JsonNode array) {
        double[] values = new double[array.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] = array.get(i).asDouble();
        }
        return values;
    }

    /** All F32 tensors of a file. */
    public static Map<String, float[]> floats(Path file) {
        try (Arena arena = Arena.ofShared()) {
            Map<String, float[]> all = new LinkedHashMap<>();
            SafetensorsFile.open(file, arena).entries().forEach((name, entry) -> {
                if (entry.dtype().isFloat()) {
                    all.put(name, entry.toFloats());
                }
            });
            return all;
        }
    }

    /** All U8 tensors of a file. */
    public static Map<String, byte[]> bytes(Path file) {
        try (Arena arena = Arena.ofShared()) {
            Map<String, byte[]> all = new LinkedHashMap<>();
            SafetensorsFile.open(file, arena).entries().forEach((name, entry) -> {
                if (entry.dtype() == DType.U8) {
                    all.put(name, entry.data().toArray(ValueLayout.JAVA_BYTE));
                }
            });
            return all;
        }
    }

    /** The rows of the five batches of the trajectories, four each, without their padding. */
    static List<Example> rows() {
        try (Arena arena = Arena.ofShared()) {
            Map<String, TensorEntry> entries = SafetensorsFile.open(path("lora/traj.batches.safetensors"), arena)
                    .entries();
            List<Example> rows = new ArrayList<>();
            for (int batch = 0; batch < 5; batch++) {
                int[] ids = ints(entries.get("batch" + batch + ".input_ids"));
                int[] labels = ints(entries.get("batch" + batch + ".labels"));
                int[] mask = ints(entries.get("batch" + batch + ".attention_mask"));
                int width = ids.length / 4;
                for (int from = 0; from < ids.length; from += width) {
                    int to = from + Arrays.stream(mask, from, from + width).sum();
                    rows.add(new Example(Arrays.copyOfRange(ids, from, to), Arrays.copyOfRange(labels, from, to)));
                }
            }
            return rows;
        }
    }

    private static int[] ints(TensorEntry entry) {
        return entry.data().toArray(ValueLayout.JAVA_INT_UNALIGNED);
    }
}
