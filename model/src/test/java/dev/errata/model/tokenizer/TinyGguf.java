package dev.errata.model.tokenizer;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Just enough of GGUF to read the metadata of a well-made file in a test. */
public final class TinyGguf {
    private static final int HEAD_BYTES = 16 << 20;

    private TinyGguf() {}

    public static byte[] head(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return in.readNBytes(HEAD_BYTES);
        }
    }

    public static Map<String, Object> metadata(byte[] file) {
        ByteBuffer in = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        in.position(16);
        long keys = in.getLong();
        Map<String, Object> values = new LinkedHashMap<>();
        for (long i = 0; i < keys; i++) {
            String key = string(in);
            values.put(key, value(in, in.getInt()));
        }
        return values;
    }

    private static String string(ByteBuffer in) {
        byte[] bytes = new byte[(int) in.getLong()];
        in.get(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static Object value(ByteBuffer in, int type) {
        return switch (type) {
            case 0, 1 -> in.get();
            case 2, 3 -> in.getShort();
            case 4, 5 -> in.getInt();
            case 6 -> in.getFloat();
            case 7 -> in.get() != 0;
            case 8 -> string(in);
            case 9 -> list(in);
            case 10, 11 -> in.getLong();
            case 12 -> in.getDouble();
            default -> throw new IllegalArgumentException("type " + type);
        };
    }

    private static List<Object> list(ByteBuffer in) {
        int type = in.getInt();
        long length = in.getLong();
        List<Object> elements = new ArrayList<>();
        for (long i = 0; i < length; i++) {
            elements.add(value(in, type));
        }
        return elements;
    }
}
