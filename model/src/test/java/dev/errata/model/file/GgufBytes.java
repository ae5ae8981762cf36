package dev.errata.model.file;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Little-endian values one after another, for GGUF files put together by hand. */
public final class GgufBytes {
    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

    public static GgufBytes head(int version, long tensors, long keys) {
        return new GgufBytes().raw("GGUF").i32(version).i64(tensors).i64(keys);
    }

    public GgufBytes raw(String text) {
        bytes.writeBytes(text.getBytes(StandardCharsets.UTF_8));
        return this;
    }

    public GgufBytes i8(int value) {
        bytes.write(value);
        return this;
    }

    public GgufBytes i16(int value) {
        return i8(value).i8(value >> 8);
    }

    public GgufBytes i32(int value) {
        return i16(value).i16(value >> 16);
    }

    public GgufBytes i64(long value) {
        return i32((int) value).i32((int) (value >> 32));
    }

    public GgufBytes f32(float value) {
        return i32(Float.floatToRawIntBits(value));
    }

    public GgufBytes string(String text) {
        return i64(text.getBytes(StandardCharsets.UTF_8).length).raw(text);
    }

    /** A key and its value's type. */
    public GgufBytes key(String name, int type) {
        return string(name).i32(type);
    }

    /** A tensor of one or more dimensions, the contiguous one first. */
    public GgufBytes tensor(String name, int type, long offset, long... dims) {
        string(name).i32(dims.length);
        for (long dim : dims) {
            i64(dim);
        }
        return i32(type).i64(offset);
    }

    /** Zeros up to a multiple of {@code alignment}. */
    public GgufBytes align(int alignment) {
        while (bytes.size() % alignment != 0) {
            i8(0);
        }
        return this;
    }

    public GgufBytes zeros(int count) {
        bytes.writeBytes(new byte[count]);
        return this;
    }

    public byte[] toArray() {
        return bytes.toByteArray();
    }

    /** The bytes with another long at {@code at}. */
    static byte[] with(byte[] bytes, int at, long value) {
        byte[] changed = bytes.clone();
        ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putLong(at, value);
        return changed;
    }
}
