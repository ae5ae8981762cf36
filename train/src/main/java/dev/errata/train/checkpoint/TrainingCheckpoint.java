package dev.errata.train.checkpoint;

import dev.errata.model.file.SafetensorsFile;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.file.TensorEntry;
import dev.errata.tensor.Backend;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Tensor;
import dev.errata.train.optimizer.Parameter;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The state after a step: every trainable tensor with both moments, in one safetensors file {@code step-N.safetensors}.
 * Schedule, random numbers and the place in the data follow from the step alone.
 */
public final class TrainingCheckpoint {
    private static final String PREFIX = "step-";
    private static final String SUFFIX = ".safetensors";
    /** Checkpoints that are kept: should the newest be damaged on the disk, removing it goes back to the one before. */
    private static final int KEPT = 2;

    private final Path folder;

    public TrainingCheckpoint(Path folder) {
        this.folder = folder;
    }

    /** Writes the state after a step and removes what is older than the last few. */
    public void save(int step, List<Parameter> parameters, Backend backend) {
        try (Arena arena = Arena.ofShared()) {
            List<TensorEntry> entries = new ArrayList<>();
            for (Parameter parameter : parameters) {
                entries.add(entry("value/" + parameter.name(), parameter.value(), backend, arena));
                entries.add(entry("m/" + parameter.name(), parameter.m(), backend, arena));
                entries.add(entry("v/" + parameter.name(), parameter.v(), backend, arena));
            }
            SafetensorsWriter.write(file(step), Map.of("step", String.valueOf(step)), entries);
        }
        List<Integer> steps = steps();
        for (int old : steps.subList(0, Math.max(0, steps.size() - KEPT))) {
            remove(file(old));
        }
    }

    /** Loads the newest state into the parameters and returns its step; 0 where there is none. */
    public int load(List<Parameter> parameters, Backend backend) {
        List<Integer> steps = steps();
        if (steps.isEmpty()) {
            return 0;
        }
        int step = steps.getLast();
        try (Arena arena = Arena.ofShared()) {
            Map<String, TensorEntry> entries =
                    SafetensorsFile.open(file(step), arena).entries();
            for (Parameter parameter : parameters) {
                restore("value/" + parameter.name(), parameter.value(), entries, step, backend);
                restore("m/" + parameter.name(), parameter.m(), entries, step, backend);
                restore("v/" + parameter.name(), parameter.v(), entries, step, backend);
            }
        }
        return step;
    }

    private void restore(String name, Tensor tensor, Map<String, TensorEntry> entries, int step, Backend backend) {
        TensorEntry entry = entries.get(name);
        if (entry == null || !entry.shape().equals(tensor.shape()) || entry.dtype() != DType.F32) {
            throw new BadInputException(
                    "checkpoint does not fit this training, tensor " + name,
                    file(step).toString(),
                    "remove the checkpoints or train into another output");
        }
        backend.upload(entry.data(), tensor);
    }

    private static TensorEntry entry(String name, Tensor tensor, Backend backend, Arena arena) {
        MemorySegment values = arena.allocate(tensor.bytes(), 64);
        backend.download(tensor, values);
        return new TensorEntry(name, DType.F32, tensor.shape(), values);
    }

    /** The steps of the whole checkpoints, the oldest first. */
    private List<Integer> steps() {
        if (!Files.isDirectory(folder)) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString())
                    .filter(name -> name.startsWith(PREFIX) && name.endsWith(SUFFIX))
                    .map(name -> Integer.valueOf(name.substring(PREFIX.length(), name.length() - SUFFIX.length())))
                    .sorted(Comparator.naturalOrder())
                    .toList();
        } catch (IOException | NumberFormatException e) {
            throw unreadable(folder, e);
        }
    }

    private Path file(int step) {
        return folder.resolve(PREFIX + step + SUFFIX);
    }

    private static void remove(Path file) {
        try {
            Files.deleteIfExists(file);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    private static BadInputException unreadable(Path path, Exception cause) {
        return new BadInputException(
                "checkpoints cannot be read", path.toString(), "check the folder and its permissions", cause);
    }
}
