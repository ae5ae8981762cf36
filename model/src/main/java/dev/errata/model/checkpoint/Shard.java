package dev.errata.model.checkpoint;

import dev.errata.model.file.CheckpointFolder;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.json.JsonText;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The tensors of one file of a checkpoint, named and indexed as transformers does.
 *
 * @param bytes of all of them
 */
record Shard(List<CheckpointPart> parts, long bytes) {
    /** A file holds no more bytes of tensors than this, unless a single part is larger. */
    static final long LARGEST = 2_000_000_000L;

    /** Fills one file after the other, in the order given. */
    static List<Shard> divide(List<CheckpointPart> parts, long largest) {
        List<Shard> shards = new ArrayList<>();
        List<CheckpointPart> filling = new ArrayList<>();
        long bytes = 0;
        for (CheckpointPart part : parts) {
            long size = part.bytes();
            if (bytes + size > largest && !filling.isEmpty()) {
                shards.add(new Shard(List.copyOf(filling), bytes));
                filling.clear();
                bytes = 0;
            }
            filling.add(part);
            bytes += size;
        }
        shards.add(new Shard(List.copyOf(filling), bytes));
        return List.copyOf(shards);
    }

    List<SafetensorsWriter.Plan> tensors() {
        return parts.stream().flatMap(part -> part.plans().stream()).toList();
    }

    /** The name of file {@code index} (from 0) of so many. */
    static String fileName(int index, int of) {
        return of == 1
                ? CheckpointFolder.SINGLE_FILE
                : String.format(Locale.ROOT, "model-%05d-of-%05d.safetensors", index + 1, of);
    }

    /** The text of {@code model.safetensors.index.json}. */
    static String index(List<Shard> shards) {
        Map<String, String> files = new LinkedHashMap<>();
        long bytes = 0;
        for (int i = 0; i < shards.size(); i++) {
            for (SafetensorsWriter.Plan plan : shards.get(i).tensors()) {
                files.put(plan.name(), fileName(i, shards.size()));
            }
            bytes += shards.get(i).bytes();
        }
        Map<String, Object> index = new LinkedHashMap<>();
        index.put("metadata", Map.of("total_size", bytes));
        index.put("weight_map", files);
        return JsonText.page(index);
    }
}
