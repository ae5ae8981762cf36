package dev.errata.model.file;

import dev.errata.tensor.Shape;
import dev.errata.tensor.ggml.GgmlType;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes a GGUF file of version 3 (ggml's docs/gguf.md) tensor by tensor, so that no more than one need be in memory.
 * Keys, names, types and shapes are given first; the data of each tensor begin at a multiple of 32. The file gets its name
 * in {@link #commit} ({@link AtomicFile} says what is thrown).
 */
public final class GgufWriter implements AutoCloseable {
    private static final int ALIGNMENT = 32;

    private final AtomicFile file;
    private final List<Plan> plans;
    private int current;
    private long missing;

    /**
     * What a tensor will be.
     *
     * @param shape in Hugging Face's order, as [out, in]; the file has the dimensions reversed
     */
    public record Plan(String name, GgmlType type, Shape shape) {
        /**
         * @throws IllegalArgumentException if rows don't divide into the type's blocks
         */
        public Plan {
            if (shape.columns() % type.blockSize() != 0) {
                throw new IllegalArgumentException(
                        "tensor " + name + ": rows of " + shape.columns() + " as " + type + " blocks");
            }
        }

        /** Bytes of the data. */
        public long bytes() {
            return Math.multiplyExact(shape.elements() / type.blockSize(), (long) type.blockBytes());
        }
    }

    private GgufWriter(AtomicFile file, List<Plan> plans) {
        this.file = file;
        this.plans = plans;
        this.missing = plans.isEmpty() ? 0 : plans.getFirst().bytes();
    }

    /**
     * Begins a file.
     *
     * @param keys in this order, with values of the types that {@link GgufMetadata} gives, or {@code String[]}: a {@code Long}
     *     is written as 32 unsigned bits where it fits, an {@code Integer} as 32 signed ones
     * @param tensors in the order in which they will be written
     * @throws IllegalArgumentException if two tensors have one name or a value is of another type
     */
    public static GgufWriter create(Path path, Map<String, Object> keys, List<Plan> tensors) {
        GgufHead head = new GgufHead(tensors.size(), keys);
        Set<String> names = new HashSet<>();
        long offset = 0;
        for (Plan plan : tensors) {
            if (!names.add(plan.name())) {
                throw new IllegalArgumentException("tensor name " + plan.name() + " is taken");
            }
            head.string(plan.name()).i32(plan.shape().rank());
            for (int axis = plan.shape().rank() - 1; axis >= 0; axis--) {
                head.i64(plan.shape().dim(axis));
            }
            head.i32(plan.type().id()).i64(offset);
            offset = aligned(offset + plan.bytes());
        }
        byte[] bytes = head.toByteArray();
        AtomicFile file = AtomicFile.create(path);
        file.write(MemorySegment.ofArray(bytes));
        pad(file, bytes.length);
        return new GgufWriter(file, List.copyOf(tensors));
    }

    /**
     * Appends bytes of a tensor; a tensor may come in several pieces.
     *
     * @throws IllegalArgumentException if it is another tensor's turn or the tensor has fewer bytes left
     */
    public void write(String name, MemorySegment bytes) {
        if (bytes.byteSize() == 0) {
            return;
        }
        skipFinished();
        if (current == plans.size() || !plans.get(current).name().equals(name)) {
            throw new IllegalArgumentException("it is not the turn of tensor " + name);
        }
        if (bytes.byteSize() > missing) {
            throw new IllegalArgumentException(
                    bytes.byteSize() + " bytes for tensor " + name + ", which lacks " + missing);
        }
        file.write(bytes);
        missing -= bytes.byteSize();
        skipFinished();
    }

    /**
     * Gives the file its name.
     *
     * @throws IllegalStateException if bytes of a tensor are missing
     */
    public void commit() {
        skipFinished();
        if (current < plans.size()) {
            throw new IllegalStateException(
                    missing + " bytes of tensor " + plans.get(current).name() + " are missing");
        }
        file.commit();
    }

    /** Removes the unfinished file unless it was committed. */
    @Override
    public void close() {
        file.close();
    }

    private void skipFinished() {
        while (missing == 0 && current < plans.size()) {
            pad(file, plans.get(current).bytes());
            current++;
            missing = current < plans.size() ? plans.get(current).bytes() : 0;
        }
    }

    private static long aligned(long bytes) {
        return Math.ceilDiv(bytes, ALIGNMENT) * (long) ALIGNMENT;
    }

    private static void pad(AtomicFile file, long written) {
        file.write(MemorySegment.ofArray(new byte[(int) (aligned(written) - written)]));
    }
}
