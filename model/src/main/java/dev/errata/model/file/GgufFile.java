package dev.errata.model.file;

import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Shape;
import dev.errata.tensor.ggml.GgmlType;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A GGUF file of version 2 or 3 (little-endian), memory-mapped: keys, then names, shapes and places of the tensors, then
 * their data. Every length is checked against the file before anything is read or allocated.
 */
public final class GgufFile {
    private static final int MAGIC = 0x46554747; // "GGUF"
    private static final int MAX_DIMENSIONS = 4;
    private static final long DEFAULT_ALIGNMENT = 32;
    /** A key has a length, a type and a value of a byte at least. */
    private static final long LEAST_KEY_BYTES = Long.BYTES + Integer.BYTES + 1;
    /** A tensor has a name's length, a count of dimensions, a type and a place at least. */
    private static final long LEAST_TENSOR_BYTES = Long.BYTES + Integer.BYTES + Integer.BYTES + Long.BYTES;

    private final Path path;
    private final GgufMetadata metadata;
    private final Map<String, GgufTensor> tensors;

    private GgufFile(Path path, GgufMetadata metadata, Map<String, GgufTensor> tensors) {
        this.path = path;
        this.metadata = metadata;
        this.tensors = tensors;
    }

    /** Where a tensor lies, counted from the start of the data. */
    private record Place(String name, GgmlType type, Shape shape, long offset, long bytes) {}

    /**
     * Maps the file and checks its head. One that is a part of a model stands for all parts, which must lie beside it; the
     * keys are those of the first one, without {@code split.*}.
     *
     * @param arena how long the tensors live
     * @throws BadInputException if the file is missing or not a whole, consistent GGUF file; it names the file
     */
    public static GgufFile open(Path path, Arena arena) {
        GgufFile file = openOne(path, arena);
        long count = file.metadata.integer(GgufParts.COUNT).orElse(0L);
        return count > 1 ? file.withAllParts(count, arena) : file;
    }

    private GgufFile withAllParts(long count, Arena arena) {
        long own = number();
        Map<String, GgufTensor> all = new LinkedHashMap<>();
        GgufMetadata keys = metadata;
        long expected = -1;
        List<Path> parts = GgufParts.all(path, own, count);
        for (int i = 0; i < parts.size(); i++) {
            GgufFile part = i == own ? this : openOne(parts.get(i), arena);
            if (part.number() != i || part.metadata.integer(GgufParts.COUNT).orElse(0L) != count) {
                throw new BadInputException(
                        "file is not part " + (i + 1) + " of " + count, part.path.toString(), GgufCursor.REMEDY);
            }
            keys = i == 0 ? part.metadata : keys;
            expected =
                    Math.max(expected, part.metadata.integer(GgufParts.TENSORS).orElse(-1L));
            for (GgufTensor tensor : part.tensors.values()) {
                if (all.put(tensor.name(), tensor) != null) {
                    throw new BadInputException(
                            "tensor is in two parts", part.path + ", tensor " + tensor.name(), GgufCursor.REMEDY);
                }
            }
        }
        if (expected >= 0 && expected != all.size()) {
            throw new BadInputException(
                    "the " + count + " parts hold " + all.size() + " tensors, not the " + expected + " of the model",
                    path.toString(),
                    GgufCursor.REMEDY);
        }
        return new GgufFile(path, keys.without(GgufParts.PREFIX), Collections.unmodifiableMap(all));
    }

    /** Which part of a model it is, from 0. */
    private long number() {
        return metadata.integer(GgufParts.NUMBER).orElse(0L);
    }

    private static GgufFile openOne(Path path, Arena arena) {
        MemorySegment file = MappedFile.map(path, arena);
        GgufCursor cursor = new GgufCursor(path, file);
        if (cursor.i32() != MAGIC) {
            throw cursor.bad("file does not begin with GGUF");
        }
        int version = cursor.i32();
        if (version != 2 && version != 3) {
            boolean swapped = Integer.reverseBytes(version) == 2 || Integer.reverseBytes(version) == 3;
            throw cursor.bad(
                    swapped
                            ? "big-endian GGUF can't be read"
                            : "GGUF version " + Integer.toUnsignedString(version) + " can't be read, only 2 and 3");
        }
        int tensorCount = cursor.count(LEAST_TENSOR_BYTES);
        int keyCount = cursor.count(LEAST_KEY_BYTES);
        GgufMetadata metadata = GgufMetadata.read(path, cursor, keyCount);
        long alignment = alignment(metadata, cursor);
        List<Place> places = new ArrayList<>(tensorCount);
        for (int i = 0; i < tensorCount; i++) {
            cursor.reading("tensor " + (i + 1) + " of " + tensorCount);
            places.add(place(path, cursor, alignment));
        }
        cursor.reading("data");
        long start = Math.ceilDiv(cursor.position(), alignment) * alignment;
        if (start > file.byteSize() && !places.isEmpty()) {
            throw cursor.bad("file ends too early");
        }
        MemorySegment data = file.asSlice(Math.min(start, file.byteSize()));
        return new GgufFile(path, metadata, tensors(path, places, data));
    }

    private static long alignment(GgufMetadata metadata, GgufCursor cursor) {
        long alignment = metadata.integer("general.alignment").orElse(DEFAULT_ALIGNMENT);
        if (alignment <= 0 || alignment > 1 << 20 || Long.bitCount(alignment) != 1) {
            cursor.reading("key general.alignment");
            throw cursor.bad("alignment " + alignment + " is no power of two up to 1048576");
        }
        return alignment;
    }

    private static Place place(Path path, GgufCursor cursor, long alignment) {
        String name = cursor.string();
        cursor.reading("tensor " + name);
        int rank = cursor.i32();
        if (rank < 0 || rank > MAX_DIMENSIONS) {
            throw cursor.bad(Integer.toUnsignedString(rank) + " dimensions are too many");
        }
        long[] dims = new long[rank];
        for (int i = rank - 1; i >= 0; i--) {
            dims[i] = cursor.i64();
        }
        GgmlType type = GgmlType.of(cursor.i32(), path + ", tensor " + name);
        long offset = cursor.i64();
        if (offset < 0 || offset % alignment != 0) {
            throw cursor.bad("offset " + Long.toUnsignedString(offset) + " is not aligned to " + alignment);
        }
        try {
            Shape shape = Shape.of(dims);
            if (shape.columns() % type.blockSize() != 0) {
                throw cursor.bad(
                        "rows of " + shape.columns() + " don't divide into " + type + " blocks of " + type.blockSize());
            }
            long bytes = Math.multiplyExact(shape.elements() / type.blockSize(), (long) type.blockBytes());
            return new Place(name, type, shape, offset, bytes);
        } catch (IllegalArgumentException | ArithmeticException e) {
            throw cursor.bad("dimensions are impossible");
        }
    }

    private static Map<String, GgufTensor> tensors(Path path, List<Place> places, MemorySegment data) {
        Map<String, GgufTensor> tensors = new LinkedHashMap<>();
        List<Place> inOrder = new ArrayList<>(places);
        inOrder.sort(Comparator.comparingLong(Place::offset).thenComparingLong(Place::bytes));
        long end = 0;
        for (Place place : inOrder) {
            String where = path + ", tensor " + place.name();
            if (place.offset() > data.byteSize() || place.bytes() > data.byteSize() - place.offset()) {
                throw new BadInputException("tensor reaches beyond the end of the file", where, GgufCursor.REMEDY);
            }
            if (place.offset() < end) {
                throw new BadInputException("tensors overlap", where, GgufCursor.REMEDY);
            }
            end = place.offset() + place.bytes();
            MemorySegment bytes = data.asSlice(place.offset(), place.bytes());
            if (tensors.put(place.name(), new GgufTensor(place.name(), place.type(), place.shape(), bytes)) != null) {
                throw new BadInputException("tensor is there twice", where, GgufCursor.REMEDY);
            }
        }
        return Collections.unmodifiableMap(tensors);
    }

    public Path path() {
        return path;
    }

    public GgufMetadata metadata() {
        return metadata;
    }

    /** The tensors by name, in the order of their data in the file. */
    public Map<String, GgufTensor> tensors() {
        return tensors;
    }
}
