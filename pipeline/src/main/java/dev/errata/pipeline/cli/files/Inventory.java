package dev.errata.pipeline.cli.files;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.model.adapter.AdapterFolder;
import dev.errata.model.checkpoint.OutputPlace;
import dev.errata.model.file.CheckpointFolder;
import dev.errata.model.file.GgufFile;
import dev.errata.model.file.LfsPointer;
import dev.errata.model.file.SafetensorsFile;
import dev.errata.model.file.TensorEntry;
import dev.errata.pipeline.data.Json;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Shape;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * What is in a model's files.
 *
 * @param format {@code safetensors}, {@code gguf}, or {@code peft} for an adapter
 * @param config config.json or adapter_config.json as it is, or the keys of a GGUF file that are no lists; empty for a file of tensors
 * @param elements of all tensors together; packed 4-bit ones count as bytes
 * @param bytes of all tensors together
 */
record Inventory(String model, String format, Object config, long elements, long bytes, List<Item> tensors) {
    private static final String PEFT = "peft";

    /**
     * A tensor.
     *
     * @param dtype as its file names it: F32, BF16, Q4_K …
     */
    record Item(String name, String dtype, long[] shape, long bytes) {
        private static Item of(TensorEntry entry) {
            return new Item(
                    entry.name(),
                    entry.dtype().name(),
                    entry.shape().toArray(),
                    entry.data().byteSize());
        }

        private String text() {
            return String.format(Locale.ROOT, "%-60s %-5s %-16s %,d bytes", name, dtype, Shape.of(shape), bytes);
        }
    }

    /**
     * Reads the heads of the files.
     *
     * @throws BadInputException if one is missing or broken; it names the file
     */
    static Inventory read(Path model) {
        OutputPlace.requireModel(model);
        try (Arena arena = Arena.ofConfined()) {
            if (isAdapter(model)) {
                JsonNode config = config(model.resolve(AdapterFolder.CONFIG));
                return of(
                        model,
                        PEFT,
                        config,
                        items(AdapterFolder.open(model, arena).entries().values()));
            }
            if (Files.isDirectory(model)) {
                JsonNode config = config(model.resolve("config.json"));
                CheckpointFolder folder = CheckpointFolder.open(model, arena);
                return of(model, config, folder.entries().values());
            }
            if (model.toString().endsWith(".safetensors")) {
                return of(
                        model,
                        Map.of(),
                        SafetensorsFile.open(model, arena).entries().values());
            }
            return of(model, GgufFile.open(model, arena));
        }
    }

    /** Whether these are a model's tensors, and not an adapter's or just any. */
    boolean isModel() {
        return switch (config) {
            case Map<?, ?> keys -> !keys.isEmpty() && !"adapter".equals(keys.get("general.type"));
            default -> !format.equals(PEFT);
        };
    }

    /** PEFT's folder of an adapter; a model's folder may hold one beside the model. */
    private static boolean isAdapter(Path folder) {
        return Files.isRegularFile(folder.resolve(AdapterFolder.CONFIG))
                && !Files.exists(folder.resolve("config.json"));
    }

    private static Inventory of(Path model, Object config, Collection<TensorEntry> entries) {
        return of(model, "safetensors", config, items(entries));
    }

    private static List<Item> items(Collection<TensorEntry> entries) {
        return entries.stream().map(Item::of).toList();
    }

    private static Inventory of(Path model, GgufFile file) {
        Map<String, Object> keys = new LinkedHashMap<>();
        file.metadata().values().forEach((key, value) -> {
            if (!value.getClass().isArray()) {
                keys.put(key, value);
            }
        });
        List<Item> items = new ArrayList<>();
        file.tensors()
                .values()
                .forEach(tensor -> items.add(new Item(
                        tensor.name(),
                        tensor.type().name(),
                        tensor.shape().toArray(),
                        tensor.data().byteSize())));
        return of(model, "gguf", keys, items);
    }

    private static Inventory of(Path model, String format, Object config, List<Item> items) {
        long elements = items.stream()
                .mapToLong(item -> Shape.of(item.shape()).elements())
                .sum();
        long bytes = items.stream().mapToLong(Item::bytes).sum();
        return new Inventory(model.toString(), format, config, elements, bytes, List.copyOf(items));
    }

    private static JsonNode config(Path file) {
        if (!Files.isRegularFile(file)) {
            throw new BadInputException("config is missing", file.toString(), "give a model's folder");
        }
        LfsPointer.refuse(file);
        try {
            return Json.parse(Files.readString(file));
        } catch (JsonProcessingException e) {
            throw new BadInputException("config is not JSON", file.toString(), "get the file again", e);
        } catch (IOException e) {
            throw new BadInputException("config can't be read", file.toString(), "check its permissions", e);
        }
    }

    /** A line for each fact and each tensor. */
    String text() {
        StringBuilder text = new StringBuilder();
        switch (config) {
            case JsonNode json -> json.properties().forEach(entry -> fact(text, entry.getKey(), entry.getValue()));
            case Map<?, ?> keys -> keys.forEach((key, value) -> fact(text, key, value));
            default -> throw new IllegalStateException("a config that is a " + config.getClass());
        }
        tensors.forEach(item -> text.append(item.text()).append('\n'));
        return text.append(String.format(
                        Locale.ROOT, "%d tensors, %,d elements, %,d bytes", tensors.size(), elements, bytes))
                .toString();
    }

    private static void fact(StringBuilder text, Object key, Object value) {
        String shown = value.toString().replaceAll("\\s+", " ");
        text.append(key)
                .append(": ")
                .append(shown.length() > 100 ? shown.substring(0, 100) + "…" : shown)
                .append('\n');
    }
}
