package dev.errata.model.file;

import dev.errata.quant.LittleEndian;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

/** Puts together the bytes before a GGUF file's data, version 3, little-endian. */
final class GgufHead {
    private static final int MAGIC = 0x46554747; // "GGUF"
    private static final int VERSION = 3;

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final byte[] word = new byte[Long.BYTES];

    GgufHead(int tensors, Map<String, Object> keys) {
        i32(MAGIC).i32(VERSION).i64(tensors).i64(keys.size());
        keys.forEach((key, value) -> string(key).value(key, value));
    }

    /** The bytes so far. */
    byte[] toByteArray() {
        return bytes.toByteArray();
    }

    GgufHead string(String text) {
        byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
        i64(utf8.length);
        bytes.writeBytes(utf8);
        return this;
    }

    GgufHead i32(int value) {
        MemorySegment.ofArray(word).set(LittleEndian.I32, 0, value);
        bytes.write(word, 0, Integer.BYTES);
        return this;
    }

    GgufHead i64(long value) {
        MemorySegment.ofArray(word).set(LittleEndian.I64, 0, value);
        bytes.write(word, 0, Long.BYTES);
        return this;
    }

    private GgufHead f32(float value) {
        return i32(Float.floatToRawIntBits(value));
    }

    private GgufHead bool(boolean value) {
        bytes.write(value ? 1 : 0);
        return this;
    }

    /** Types as {@link GgufMetadata} gives them back; a Long takes 32 unsigned bits where it fits, as counts do. */
    private void value(String key, Object value) {
        switch (value) {
            case Long number when fits(number) -> i32(4).i32(number.intValue());
            case Integer number -> i32(5).i32(number);
            case Float number -> i32(6).f32(number);
            case Boolean flag -> i32(7).bool(flag);
            case String text -> i32(8).string(text);
            case Long number -> i32(number < 0 ? 11 : 10).i64(number);
            case Double number -> i32(12).i64(Double.doubleToRawLongBits(number));
            case byte[] array -> {
                array(0, array.length);
                bytes.writeBytes(array);
            }
            case int[] array -> {
                array(5, array.length);
                for (int each : array) {
                    i32(each);
                }
            }
            case float[] array -> {
                array(6, array.length);
                for (float each : array) {
                    f32(each);
                }
            }
            case boolean[] array -> {
                array(7, array.length);
                for (boolean each : array) {
                    bool(each);
                }
            }
            case String[] array -> strings(List.of(array));
            case List<?> texts -> strings(texts);
            case long[] array -> longs(array);
            case double[] array -> {
                array(12, array.length);
                for (double each : array) {
                    i64(Double.doubleToRawLongBits(each));
                }
            }
            default -> throw new IllegalArgumentException("key " + key + " is a " + value.getClass());
        }
    }

    private void strings(List<?> texts) {
        array(8, texts.size());
        for (Object each : texts) {
            string((String) each);
        }
    }

    private void longs(long[] array) {
        boolean small = true;
        boolean signed = false;
        for (long each : array) {
            small &= fits(each);
            signed |= each < 0;
        }
        array(small ? 4 : signed ? 11 : 10, array.length);
        for (long each : array) {
            if (small) {
                i32((int) each);
            } else {
                i64(each);
            }
        }
    }

    private void array(int type, int length) {
        i32(9).i32(type).i64(length);
    }

    private static boolean fits(long number) {
        return number >>> Integer.SIZE == 0;
    }
}
