package dev.errata.model.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import dev.errata.quant.LittleEndian;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Writes a safetensors file tensor by tensor, so that no more than one need be in memory. Names, types and shapes are
 * given first; tensors of wide types come first in the file, so that all of them are aligned. The file gets its name in
 * {@link #commit} ({@link AtomicFile} says what is thrown).
 */
public final class SafetensorsWriter implements AutoCloseable {
    private final AtomicFile file;
    private final List<Plan> order;
    private int current;
    private long missing;

    /** What a tensor will be. */
    public record Plan(String name, DType dtype, Shape shape) {
        long bytes() {
            return Math.multiplyExact(shape.elements(), (long) dtype.bytes());
        }
    }

    private SafetensorsWriter(AtomicFile file, List<Plan> order) {
        this.file = file;
        this.order = order;
        this.missing = order.isEmpty() ? 0 : order.getFirst().bytes();
    }

    /**
     * Begins a file.
     *
     * @param metadata texts for {@code __metadata__}; none where empty
     * @throws IllegalArgumentException if two tensors have one name
     */
    public static SafetensorsWriter create(Path path, Map<String, String> metadata, Collection<Plan> tensors) {
        Set<String> names = new HashSet<>();
        for (Plan plan : tensors) {
            if (!names.add(plan.name()) || plan.name().equals("__metadata__")) {
                throw new IllegalArgumentException("tensor name " + plan.name() + " is taken");
            }
        }
        List<Plan> order = tensors.stream()
                .sorted(Comparator.comparingInt((Plan plan) -> plan.dtype().bytes())
                        .reversed())
                .toList();
        byte[] header = header(metadata, order);
        AtomicFile file = AtomicFile.create(path);
        byte[] length = new byte[Long.BYTES];
        MemorySegment.ofArray(length).set(LittleEndian.I64, 0, header.length);
        file.write(MemorySegment.ofArray(length));
        file.write(MemorySegment.ofArray(header));
        return new SafetensorsWriter(file, order);
    }

    /** Writes a whole file of tensors that are in memory or mapped. */
    public static void write(Path path, Map<String, String> metadata, Collection<TensorEntry> tensors) {
        List<TensorEntry> all = List.copyOf(tensors);
        List<Plan> plans = all.stream()
                .map(tensor -> new Plan(tensor.name(), tensor.dtype(), tensor.shape()))
                .toList();
        Map<String, TensorEntry> byName = all.stream().collect(Collectors.toMap(TensorEntry::name, tensor -> tensor));
        try (SafetensorsWriter writer = create(path, metadata, plans)) {
            for (Plan plan : writer.order()) {
                writer.write(plan.name(), byName.get(plan.name()).data());
            }
            writer.commit();
        }
    }

    /** The tensors in the order in which they must be written. */
    public List<Plan> order() {
        return order;
    }

    /**
     * Appends bytes of a tensor; a tensor may come in several pieces.
     *
     * @throws IllegalArgumentException if it is another tensor's turn or the tensor has fewer bytes left
     */
    public void write(String name, MemorySegment bytes) {
        skipFinished();
        if (current == order.size() || !order.get(current).name().equals(name)) {
            if (bytes.byteSize() == 0) {
                return;
            }
            throw new IllegalArgumentException("it is not the turn of tensor " + name);
        }
        if (bytes.byteSize() > missing) {
            throw new IllegalArgumentException(
                    bytes.byteSize() + " bytes for tensor " + name + ", which lacks " + missing);
        }
        file.write(bytes);
        missing -= bytes.byteSize();
    }

    /**
     * Gives the file its name.
     *
     * @throws IllegalStateException if bytes of a tensor are missing
     */
    public void commit() {
        skipFinished();
        if (current < order.size()) {
            throw new IllegalStateException(
                    missing + " bytes of tensor " + order.get(current).name() + " are missing");
        }
        file.commit();
    }

    /** Removes the unfinished file unless it was committed. */
    @Override
    public void close() {
        file.close();
    }

    private void skipFinished() {
        while (missing == 0 && current < order.size()) {
            current++;
            missing = current < order.size() ? order.get(current).bytes() : 0;
        }
    }

    /** The header, filled up with spaces so that the data begin at a multiple of 8. */
    private static byte[] header(Map<String, String> metadata, List<Plan> order) {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(text)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeObjectFieldStart("__metadata__");
                for (Map.Entry<String, String> entry : metadata.entrySet()) {
                    json.writeStringField(entry.getKey(), entry.getValue());
                }
                json.writeEndObject();
            }
            long at = 0;
            for (Plan plan : order) {
                json.writeObjectFieldStart(plan.name());
                json.writeStringField("dtype", plan.dtype().name());
                json.writeFieldName("shape");
                json.writeArray(plan.shape().toArray(), 0, plan.shape().rank());
                json.writeFieldName("data_offsets");
                json.writeArray(new long[] {at, at + plan.bytes()}, 0, 2);
                json.writeEndObject();
                at += plan.bytes();
            }
            json.writeEndObject();
        } catch (IOException e) {
            throw new UncheckedIOException("a header in memory", e);
        }
        while (text.size() % Long.BYTES != 0) {
            text.write(' ');
        }
        return text.toByteArray();
    }
}
