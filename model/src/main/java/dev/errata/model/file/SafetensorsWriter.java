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
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Writes a safetensors file piece by piece, so that no more than a piece need be in memory. Names, types and shapes are
 * given first; tensors of wide types come first in the file, so that all of them are aligned. The file gets its name in
 * {@link #commit} ({@link AtomicFile} says what is thrown).
 */
public final class SafetensorsWriter implements AutoCloseable {
    private final AtomicFile file;
    private final List<Plan> order;
    private final Map<String, Range> ranges = new LinkedHashMap<>();

    /** What a tensor will be. */
    public record Plan(String name, DType dtype, Shape shape) {
        public long bytes() {
            return Math.multiplyExact(shape.elements(), (long) dtype.bytes());
        }
    }

    /** The bytes {@code at…end} of the file that a tensor still lacks. */
    private record Range(long at, long end) {}

    private SafetensorsWriter(AtomicFile file, List<Plan> order, long dataAt) {
        this.file = file;
        this.order = order;
        long at = dataAt;
        for (Plan plan : order) {
            ranges.put(plan.name(), new Range(at, at + plan.bytes()));
            at += plan.bytes();
        }
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
        return new SafetensorsWriter(file, order, (long) length.length + header.length);
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

    /** The tensors in the order of their bytes in the file, which is the quickest to write in; any other does too. */
    public List<Plan> order() {
        return order;
    }

    /**
     * Writes the next bytes of a tensor, which may come in several pieces.
     *
     * @throws IllegalArgumentException if no tensor of this name was planned or it has fewer bytes left
     */
    public void write(String name, MemorySegment bytes) {
        Range left = ranges.get(name);
        if (left == null) {
            throw new IllegalArgumentException("no tensor " + name + " was planned");
        }
        if (bytes.byteSize() > left.end() - left.at()) {
            throw new IllegalArgumentException(
                    bytes.byteSize() + " bytes for tensor " + name + ", which lacks " + (left.end() - left.at()));
        }
        file.writeAt(left.at(), bytes);
        ranges.put(name, new Range(left.at() + bytes.byteSize(), left.end()));
    }

    /**
     * Gives the file its name.
     *
     * @throws IllegalStateException if bytes of a tensor are missing
     */
    public void commit() {
        ranges.forEach((name, left) -> {
            if (left.at() < left.end()) {
                throw new IllegalStateException((left.end() - left.at()) + " bytes of tensor " + name + " are missing");
            }
        });
        file.commit();
    }

    /** Removes the unfinished file unless it was committed. */
    @Override
    public void close() {
        file.close();
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
