package dev.errata.model.file;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.errata.model.json.JsonText;
import dev.errata.tensor.BadInputException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.regex.Pattern;

/**
 * The weights of a model folder: {@code model.safetensors}, or the shards that {@code model.safetensors.index.json}
 * lists under {@code weight_map} (tensor name to file name).
 *
 * @param files the safetensors files read, in the order of their names
 * @param entries all tensors by name
 */
public record CheckpointFolder(Path folder, List<Path> files, Map<String, TensorEntry> entries) {
    public static final String SINGLE_FILE = "model.safetensors";
    public static final String INDEX_FILE = "model.safetensors.index.json";

    private static final String REMEDY = "get the folder's files anew";
    /** No folders: an index must not lead out of its own. */
    private static final Pattern PLAIN_NAME = Pattern.compile("[\\w-][\\w. -]*");

    private static final ObjectMapper JSON = JsonText.STRICT;

    /**
     * Maps all weights of the folder.
     *
     * @param arena how long the tensors live
     * @throws BadInputException if a file is missing or broken, or index and shards disagree
     */
    public static CheckpointFolder open(Path folder, Arena arena) {
        if (!Files.isDirectory(folder)) {
            throw new BadInputException("model folder is missing", folder.toString(), "check the path");
        }
        Path single = folder.resolve(SINGLE_FILE);
        if (Files.exists(single)) {
            return new CheckpointFolder(
                    folder, List.of(single), SafetensorsFile.open(single, arena).entries());
        }
        Path index = folder.resolve(INDEX_FILE);
        if (!Files.exists(index)) {
            throw new BadInputException(
                    "folder has no weights", folder.toString(), "put " + SINGLE_FILE + " or " + INDEX_FILE + " there");
        }
        return openShards(folder, index, arena);
    }

    /** What errors name: the file where there is only one, else the folder. */
    public String where() {
        return files.size() == 1 ? files.getFirst().toString() : folder.toString();
    }

    private static CheckpointFolder openShards(Path folder, Path index, Arena arena) {
        Map<String, String> shardOf = readIndex(index);
        Map<String, TensorEntry> entries = new LinkedHashMap<>();
        List<Path> files = new ArrayList<>();
        for (String shard : new TreeSet<>(shardOf.values())) {
            Path file = folder.resolve(shard);
            files.add(file);
            for (TensorEntry entry : SafetensorsFile.open(file, arena).entries().values()) {
                if (!shard.equals(shardOf.get(entry.name()))) {
                    throw new BadInputException(
                            "index does not list the tensor in this file", file + ", tensor " + entry.name(), REMEDY);
                }
                entries.put(entry.name(), entry);
            }
        }
        for (Map.Entry<String, String> listed : shardOf.entrySet()) {
            if (!entries.containsKey(listed.getKey())) {
                throw new BadInputException(
                        "tensor that the index lists is missing",
                        folder.resolve(listed.getValue()) + ", tensor " + listed.getKey(),
                        REMEDY);
            }
        }
        return new CheckpointFolder(folder, List.copyOf(files), Collections.unmodifiableMap(entries));
    }

    /** Tensor names and the shards they lie in, in the order of the index. */
    private static Map<String, String> readIndex(Path index) {
        JsonNode weights;
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment text = MappedFile.map(index, scratch);
            weights = JSON.readTree(new String(text.toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8))
                    .path("weight_map");
        } catch (JacksonException e) {
            throw new BadInputException("index is not valid JSON", index.toString(), REMEDY, e);
        }
        if (!weights.isObject()) {
            throw new BadInputException("index has no weight_map", index.toString(), REMEDY);
        }
        Map<String, String> shardOf = new LinkedHashMap<>();
        for (Map.Entry<String, JsonNode> entry : weights.properties()) {
            String shard = entry.getValue().asText();
            if (!entry.getValue().isTextual() || !PLAIN_NAME.matcher(shard).matches()) {
                throw new BadInputException(
                        "weight_map gives no plain file name", index + ", tensor " + entry.getKey(), REMEDY);
            }
            shardOf.put(entry.getKey(), shard);
        }
        return shardOf;
    }
}
