package dev.errata.model.file;

import dev.errata.tensor.BadInputException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The keys of a GGUF file. Values: {@code Integer} (8, 16 and signed 32 bits), {@code Long} (unsigned 32 and 64 bits),
 * {@code Float}, {@code Double}, {@code Boolean}, {@code String}, and arrays {@code byte[]}, {@code int[]} (16 and signed
 * 32 bits), {@code long[]}, {@code float[]}, {@code double[]}, {@code boolean[]}, and {@code List<String>}.
 */
public final class GgufMetadata {
    private final Path path;
    private final Map<String, Object> values;

    private GgufMetadata(Path path, Map<String, Object> values) {
        this.path = path;
        this.values = values;
    }

    static GgufMetadata read(Path path, GgufCursor cursor, int count) {
        Map<String, Object> values = new LinkedHashMap<>();
        for (int i = 0; i < count; i++) {
            cursor.reading("key " + (i + 1) + " of " + count);
            String key = cursor.string();
            cursor.reading("key " + key);
            if (values.put(key, value(cursor, cursor.i32())) != null) {
                throw cursor.bad("key is there twice");
            }
        }
        return new GgufMetadata(path, Collections.unmodifiableMap(values));
    }

    /** The keys that don't begin so. */
    GgufMetadata without(String prefix) {
        Map<String, Object> others = new LinkedHashMap<>(values);
        others.keySet().removeIf(key -> key.startsWith(prefix));
        return new GgufMetadata(path, Collections.unmodifiableMap(others));
    }

    /** All keys in the order of the file. */
    public Map<String, Object> values() {
        return values;
    }

    /** A text, if the key is there. */
    public Optional<String> string(String key) {
        return find(key, String.class);
    }

    /** A whole number of any width, if the key is there. */
    public Optional<Long> integer(String key) {
        return find(key, Number.class).map(number -> {
            if (number instanceof Float || number instanceof Double) {
                throw wrongType(key);
            }
            return number.longValue();
        });
    }

    /** A number of any type, if the key is there. */
    public Optional<Double> number(String key) {
        return find(key, Number.class).map(Number::doubleValue);
    }

    public Optional<Boolean> bool(String key) {
        return find(key, Boolean.class);
    }

    /** Texts, if the key is there; each is made anew when it is asked for. */
    public Optional<List<String>> strings(String key) {
        return find(key, GgufTexts.class).map(texts -> texts);
    }

    public Optional<float[]> floats(String key) {
        return find(key, float[].class);
    }

    /** An array of 16-bit or signed 32-bit numbers, if the key is there. */
    public Optional<int[]> ints(String key) {
        return find(key, int[].class);
    }

    /**
     * What a key must hold.
     *
     * @throws BadInputException that names the key
     */
    public BadInputException missing(String key) {
        return new BadInputException("key is missing", path + ", key " + key, GgufCursor.REMEDY);
    }

    private <T> Optional<T> find(String key, Class<T> type) {
        Object value = values.get(key);
        if (value != null && !type.isInstance(value)) {
            throw wrongType(key);
        }
        return Optional.ofNullable(type.cast(value));
    }

    private BadInputException wrongType(String key) {
        return new BadInputException("key has a value of another type", path + ", key " + key, GgufCursor.REMEDY);
    }

    private static Object value(GgufCursor cursor, int type) {
        return switch (type) {
            case 0 -> cursor.i8() & 0xFF;
            case 1 -> (int) cursor.i8();
            case 2 -> cursor.i16() & 0xFFFF;
            case 3 -> (int) cursor.i16();
            case 4 -> Integer.toUnsignedLong(cursor.i32());
            case 5 -> cursor.i32();
            case 6 -> cursor.f32();
            case 7 -> bool(cursor, cursor.i8());
            case 8 -> cursor.string();
            case 9 -> array(cursor, cursor.i32());
            case 10, 11 -> cursor.i64();
            case 12 -> cursor.f64();
            default -> throw cursor.bad("value type " + Integer.toUnsignedString(type) + " is unknown");
        };
    }

    private static Object array(GgufCursor cursor, int type) {
        return switch (type) {
            case 0, 1 -> cursor.slice(cursor.count(1)).toArray(ValueLayout.JAVA_BYTE);
            case 2 -> ints(cursor, 0xFFFF);
            case 3 -> ints(cursor, -1);
            case 4 -> {
                long[] values = new long[cursor.count(Integer.BYTES)];
                for (int i = 0; i < values.length; i++) {
                    values[i] = Integer.toUnsignedLong(cursor.i32());
                }
                yield values;
            }
            case 5 -> {
                int[] values = new int[cursor.count(Integer.BYTES)];
                for (int i = 0; i < values.length; i++) {
                    values[i] = cursor.i32();
                }
                yield values;
            }
            case 6 -> {
                float[] values = new float[cursor.count(Float.BYTES)];
                for (int i = 0; i < values.length; i++) {
                    values[i] = cursor.f32();
                }
                yield values;
            }
            case 7 -> {
                boolean[] values = new boolean[cursor.count(1)];
                for (int i = 0; i < values.length; i++) {
                    values[i] = bool(cursor, cursor.i8());
                }
                yield values;
            }
            case 8 -> GgufTexts.read(cursor);
            case 10, 11 -> {
                long[] values = new long[cursor.count(Long.BYTES)];
                for (int i = 0; i < values.length; i++) {
                    values[i] = cursor.i64();
                }
                yield values;
            }
            case 12 -> {
                double[] values = new double[cursor.count(Double.BYTES)];
                for (int i = 0; i < values.length; i++) {
                    values[i] = cursor.f64();
                }
                yield values;
            }
            default -> throw cursor.bad("array of value type " + Integer.toUnsignedString(type) + " can't be read");
        };
    }

    /** 16-bit numbers; the mask makes them unsigned or leaves their sign. */
    private static int[] ints(GgufCursor cursor, int mask) {
        int[] values = new int[cursor.count(Short.BYTES)];
        for (int i = 0; i < values.length; i++) {
            values[i] = cursor.i16() & mask;
        }
        return values;
    }

    private static boolean bool(GgufCursor cursor, byte value) {
        if (value != 0 && value != 1) {
            throw cursor.bad("boolean is neither 0 nor 1");
        }
        return value == 1;
    }
}
