package dev.errata.model.file;

import dev.errata.quant.LittleEndian;
import dev.errata.tensor.BadInputException;
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
 * A safetensors file, memory-mapped: 8 bytes of header length, a JSON header, then the tensors' bytes without gaps.
 * Checked as strictly as the format's own library does; tensors are slices of the mapping, nothing is copied.
 */
public final class SafetensorsFile {
    /** The bound that the format's own library sets. */
    private static final long LONGEST_HEADER = 100_000_000;

    private final Path path;
    private final Map<String, TensorEntry> entries;
    private final Map<String, String> metadata;

    private SafetensorsFile(Path path, Map<String, TensorEntry> entries, Map<String, String> metadata) {
        this.path = path;
        this.entries = entries;
        this.metadata = metadata;
    }

    /**
     * Maps the file and checks its header.
     *
     * @param arena how long the tensors live
     * @throws BadInputException if the file is missing or not a whole, consistent safetensors file; it names the file
     */
    public static SafetensorsFile open(Path path, Arena arena) {
        MemorySegment file = MappedFile.map(path, arena);
        if (file.byteSize() < Long.BYTES) {
            throw broken(path, "file is too short for a safetensors header");
        }
        long length = file.get(LittleEndian.I64, 0);
        if (length < 0 || length > LONGEST_HEADER) {
            throw broken(path, "header length " + Long.toUnsignedString(length) + " is impossible");
        }
        if (length > file.byteSize() - Long.BYTES) {
            throw broken(path, "file ends within its header");
        }
        SafetensorsHeader header = SafetensorsHeader.parse(path, file.asSlice(Long.BYTES, length));
        MemorySegment data = file.asSlice(Long.BYTES + length);

        List<SafetensorsHeader.Range> ranges = new ArrayList<>(header.ranges());
        ranges.sort(Comparator.comparingLong(SafetensorsHeader.Range::begin)
                .thenComparingLong(SafetensorsHeader.Range::end));
        Map<String, TensorEntry> entries = new LinkedHashMap<>();
        long at = 0;
        for (SafetensorsHeader.Range range : ranges) {
            String place = path + ", tensor " + range.name();
            if (range.begin() != at) {
                throw new BadInputException(
                        range.begin() < at ? "tensors overlap" : "tensors leave a gap",
                        place,
                        SafetensorsHeader.REMEDY);
            }
            if (range.end() > data.byteSize()) {
                throw new BadInputException(
                        "tensor reaches beyond the end of the file", place, SafetensorsHeader.REMEDY);
            }
            at = range.end();
            MemorySegment bytes = data.asSlice(range.begin(), range.end() - range.begin());
            entries.put(range.name(), new TensorEntry(range.name(), range.dtype(), range.shape(), bytes));
        }
        if (at != data.byteSize()) {
            throw broken(path, (data.byteSize() - at) + " bytes at the end belong to no tensor");
        }
        return new SafetensorsFile(path, Collections.unmodifiableMap(entries), header.metadata());
    }

    private static BadInputException broken(Path path, String what) {
        return new BadInputException(what, path.toString(), SafetensorsHeader.REMEDY);
    }

    public Path path() {
        return path;
    }

    /** The tensors by name, in the order of their bytes in the file. */
    public Map<String, TensorEntry> entries() {
        return entries;
    }

    /** The texts under {@code __metadata__}; empty where there is none. */
    public Map<String, String> metadata() {
        return metadata;
    }
}
