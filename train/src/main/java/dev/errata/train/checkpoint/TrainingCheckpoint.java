package dev.errata.train.checkpoint;

import dev.errata.model.file.SafetensorsFile;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.file.TensorEntry;
import dev.errata.model.file.WriteFailure;
import dev.errata.tensor.Backend;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Tensor;
import dev.errata.train.optimizer.Descent;
import dev.errata.train.optimizer.Parameter;
import dev.errata.train.optimizer.StatePart;
import dev.errata.train.optimizer.StateStore;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;

/**
 * The state after a step: every trainable tensor with the optimizer's state of it as that is stored, in one
 * safetensors file {@code step-N.safetensors}. Whether state is paged makes no difference.
 * Schedule, random numbers and the place in the data follow from the step alone. A checksum beside it says that it is whole, and is
 * looked at before anything is loaded.
 */
public final class TrainingCheckpoint {
    private static final String PREFIX = "step-";
    private static final String SUFFIX = ".safetensors";
    private final Path folder;
    private final int kept;

    /**
     * @param kept how many stay when another is written: should the newest be damaged on the disk, the one before is used
     */
    public TrainingCheckpoint(Path folder, int kept) {
        this.folder = folder;
        this.kept = kept;
    }

    /** Writes the state after a step and removes what is older than the last few. */
    public void save(int step, Descent optimizer, Backend backend) {
        Map<String, Saved> all = new LinkedHashMap<>();
        saved(optimizer, backend).forEach(each -> all.put(each.plan().name(), each));
        List<SafetensorsWriter.Plan> plans =
                all.values().stream().map(Saved::plan).toList();
        try (SafetensorsWriter writer =
                SafetensorsWriter.create(file(step), Map.of("step", String.valueOf(step)), plans)) {
            for (SafetensorsWriter.Plan plan : writer.order()) {
                try (Arena arena = Arena.ofShared()) {
                    writer.write(plan.name(), all.get(plan.name()).read().apply(arena));
                }
            }
            writer.commit();
        }
        new FileChecksum(file(step)).write();
        // One of a later step is damaged, or it would have been gone on from: it keeps nothing else from staying.
        List<Integer> steps = steps().stream().filter(each -> each <= step).toList();
        for (int old : steps.subList(0, Math.max(0, steps.size() - kept))) {
            remove(new FileChecksum(file(old)).path());
            remove(file(old));
        }
    }

    /** Removes what a process that was killed while it saved has left: its step may never be saved again. */
    public void removeUnfinished() {
        names().filter(name -> name.startsWith(PREFIX) && name.endsWith(".partial"))
                .forEach(name -> remove(folder.resolve(name)));
    }

    /** The step of the newest state that was written whole; 0 where there is none. */
    public int newest() {
        return steps().stream()
                .filter(step -> new FileChecksum(file(step)).isThere())
                .reduce(0, (_, later) -> later);
    }

    /**
     * Loads the newest whole state into the parameters.
     *
     * @param last the last step whose state may be taken
     * @param damaged told of each newer state whose bytes have changed since they were written
     * @return the state's step; 0 where there is none
     * @throws BadInputException if every state has changed
     */
    public int load(Descent optimizer, Backend backend, int last, Consumer<String> damaged) {
        List<Integer> written = steps().stream()
                .filter(step -> step <= last && new FileChecksum(file(step)).isThere())
                .toList();
        for (int step : written.reversed()) {
            if (new FileChecksum(file(step)).fits()) {
                load(step, optimizer, backend);
                return step;
            }
            damaged.accept("warning: " + file(step) + " is damaged, its bytes are not those that were written");
        }
        if (!written.isEmpty()) {
            throw new BadInputException(
                    "every checkpoint is damaged",
                    folder.toString(),
                    "remove the checkpoints to begin anew, and check the disk");
        }
        return 0;
    }

    private void load(int step, Descent optimizer, Backend backend) {
        try (Arena arena = Arena.ofShared()) {
            Map<String, TensorEntry> entries =
                    SafetensorsFile.open(file(step), arena).entries();
            for (Saved saved : saved(optimizer, backend)) {
                TensorEntry entry = entries.get(saved.plan().name());
                requireFits(entry, saved.plan(), step);
                saved.write().accept(entry.data());
            }
        }
    }

    /**
     * A tensor of a checkpoint.
     *
     * @param read its bytes in host memory, copied into the arena where needed
     * @param write takes bytes over
     */
    private record Saved(
            SafetensorsWriter.Plan plan, Function<Arena, MemorySegment> read, Consumer<MemorySegment> write) {}

    /** {@code value/NAME} of every parameter, and its state's parts as {@code m/NAME}, {@code v_absmax/NAME}. */
    private static List<Saved> saved(Descent optimizer, Backend backend) {
        List<Saved> all = new ArrayList<>();
        StateStore states = optimizer.states();
        for (Parameter parameter : optimizer.parameters()) {
            Tensor value = parameter.value();
            all.add(new Saved(
                    new SafetensorsWriter.Plan("value/" + parameter.name(), DType.F32, value.shape()),
                    arena -> download(value, backend, arena),
                    bytes -> backend.upload(bytes, value)));
            List<StatePart> parts = parameter.format().parts();
            for (int part = 0; part < parts.size(); part++) {
                int at = part;
                StatePart kind = parts.get(part);
                all.add(new Saved(
                        new SafetensorsWriter.Plan(
                                kind.name() + "/" + parameter.name(), kind.dtype(), kind.shape(value.shape())),
                        arena -> states.read(parameter, at, arena),
                        bytes -> states.write(parameter, at, bytes)));
            }
        }
        return all;
    }

    private void requireFits(TensorEntry entry, SafetensorsWriter.Plan plan, int step) {
        if (entry == null || !entry.shape().equals(plan.shape()) || entry.dtype() != plan.dtype()) {
            throw new BadInputException(
                    "checkpoint does not fit this training, tensor " + plan.name(),
                    file(step).toString(),
                    "remove the checkpoints or train into another output");
        }
    }

    private static MemorySegment download(Tensor tensor, Backend backend, Arena arena) {
        MemorySegment values = arena.allocate(tensor.bytes(), 64);
        backend.download(tensor, values);
        return values;
    }

    /** Where the adapter or model of a checkpoint lies, if it was kept. */
    public static Path result(Path checkpoints, int step) {
        return checkpoints.resolve(PREFIX + step);
    }

    /** The steps whose adapters or models were kept, the oldest first; none where there is no such folder. */
    public static List<Integer> results(Path checkpoints) {
        TrainingCheckpoint all = new TrainingCheckpoint(checkpoints, 1);
        return all.steps("").stream()
                .filter(step -> Files.isDirectory(result(checkpoints, step)))
                .toList();
    }

    /** The steps whose files have their names, the oldest first. */
    private List<Integer> steps() {
        return steps(SUFFIX);
    }

    private List<Integer> steps(String suffix) {
        try {
            return names().filter(name -> name.startsWith(PREFIX) && name.endsWith(suffix))
                    .filter(name -> !suffix.isEmpty() || name.indexOf('.') < 0)
                    .map(name -> Integer.valueOf(name.substring(PREFIX.length(), name.length() - suffix.length())))
                    .sorted(Comparator.naturalOrder())
                    .toList();
        } catch (NumberFormatException e) {
            throw unreadable(folder, e);
        }
    }

    private Stream<String> names() {
        if (!Files.isDirectory(folder)) {
            return Stream.empty();
        }
        try (Stream<Path> files = Files.list(folder)) {
            return files.map(file -> file.getFileName().toString()).toList().stream();
        } catch (IOException e) {
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
            throw WriteFailure.of(file, e);
        }
    }

    private static BadInputException unreadable(Path path, Exception cause) {
        return new BadInputException(
                "checkpoints cannot be read", path.toString(), "check the folder and its permissions", cause);
    }
}
