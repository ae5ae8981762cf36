package dev.errata.model.file;

import dev.errata.quant.LittleEndian;
import dev.errata.tensor.BadInputException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Reads the head of a GGUF file value by value; whatever would reach beyond the file is refused before it is read. */
final class GgufCursor {
    static final String REMEDY = "get the file anew or convert it again";

    private final Path path;
    private final MemorySegment file;
    private long at;
    /** What is being read, for errors. */
    private String item = "head";

    GgufCursor(Path path, MemorySegment file) {
        this.path = path;
        this.file = file;
    }

    /** Names what comes next. */
    void reading(String what) {
        item = what;
    }

    long position() {
        return at;
    }

    long remaining() {
        return file.byteSize() - at;
    }

    byte i8() {
        return file.get(ValueLayout.JAVA_BYTE, take(1));
    }

    short i16() {
        return file.get(LittleEndian.I16, take(Short.BYTES));
    }

    int i32() {
        return file.get(LittleEndian.I32, take(Integer.BYTES));
    }

    long i64() {
        return file.get(LittleEndian.I64, take(Long.BYTES));
    }

    float f32() {
        return file.get(LittleEndian.F32, take(Float.BYTES));
    }

    double f64() {
        return file.get(LittleEndian.F64, take(Double.BYTES));
    }

    /** A number of things of at least {@code leastBytes} each, which the rest of the file must be able to hold. */
    int count(long leastBytes) {
        long count = i64();
        if (count < 0 || count > remaining() / leastBytes || count > Integer.MAX_VALUE - 8) {
            throw bad("count " + Long.toUnsignedString(count) + " is more than the file can hold");
        }
        return (int) count;
    }

    /** A length and as many bytes of UTF-8; what is no UTF-8 becomes the replacement character. */
    String string() {
        int length = count(1);
        byte[] bytes = file.asSlice(take(length), length).toArray(ValueLayout.JAVA_BYTE);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    /** Passes over bytes. */
    void skip(long bytes) {
        take(bytes);
    }

    /** All that was not read yet. */
    MemorySegment rest() {
        return file.asSlice(at);
    }

    /** The next {@code bytes} bytes. */
    MemorySegment slice(long bytes) {
        return file.asSlice(take(bytes), bytes);
    }

    BadInputException bad(String what) {
        return new BadInputException(what, path + ", " + item, REMEDY);
    }

    private long take(long bytes) {
        if (bytes > remaining()) {
            throw bad("file ends too early");
        }
        long start = at;
        at += bytes;
        return start;
    }
}
