package dev.errata.model.file;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadFeature;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The JSON header of a safetensors file, read strictly: each tensor has exactly a type, a shape and a range of bytes of
 * the size that these two ask for; names are unique.
 */
record SafetensorsHeader(List<Range> ranges, Map<String, String> metadata) {
    static final String REMEDY = "get the file anew or write it again";

    private static final JsonFactory JSON = JsonFactory.builder()
            .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
            .build();

    /** A tensor's bytes {@code begin…end}, counted from the end of the header. */
    record Range(String name, DType dtype, Shape shape, long begin, long end) {}

    static SafetensorsHeader parse(Path path, MemorySegment text) {
        byte[] bytes = text.toArray(ValueLayout.JAVA_BYTE);
        if (bytes.length == 0 || bytes[0] != '{') {
            throw new BadInputException("header is no JSON object", path.toString(), REMEDY);
        }
        InputStreamReader strict =
                new InputStreamReader(new ByteArrayInputStream(bytes), StandardCharsets.UTF_8.newDecoder());
        try (JsonParser json = JSON.createParser(strict)) {
            return new Reader(path, json).header();
        } catch (IOException e) {
            throw new BadInputException("header is not valid JSON", path.toString(), REMEDY, e);
        }
    }

    private record Reader(Path path, JsonParser json) {
        SafetensorsHeader header() throws IOException {
            List<Range> ranges = new ArrayList<>();
            Map<String, String> metadata = new LinkedHashMap<>();
            expect(json.nextToken(), JsonToken.START_OBJECT, path.toString());
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String name = json.currentName();
                if (name.equals("__metadata__")) {
                    readMetadata(metadata);
                } else {
                    ranges.add(range(name));
                }
            }
            if (json.nextToken() != null) {
                throw bad("header goes on after its end", path.toString());
            }
            return new SafetensorsHeader(ranges, Collections.unmodifiableMap(metadata));
        }

        private void readMetadata(Map<String, String> metadata) throws IOException {
            String place = path + ", __metadata__";
            expect(json.nextToken(), JsonToken.START_OBJECT, place);
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                String key = json.currentName();
                expect(json.nextToken(), JsonToken.VALUE_STRING, place);
                metadata.put(key, json.getText());
            }
        }

        private Range range(String name) throws IOException {
            String place = path + ", tensor " + name;
            DType dtype = null;
            Shape shape = null;
            long[] offsets = null;
            expect(json.nextToken(), JsonToken.START_OBJECT, place);
            while (json.nextToken() == JsonToken.FIELD_NAME) {
                switch (json.currentName()) {
                    case "dtype" -> dtype = dtype(place);
                    case "shape" -> shape = shape(place);
                    case "data_offsets" -> offsets = longs(place);
                    default -> throw bad("header has an unknown key", place + ", key " + json.currentName());
                }
            }
            if (dtype == null || shape == null || offsets == null) {
                throw bad("header lacks dtype, shape or data_offsets", place);
            }
            if (offsets.length != 2 || offsets[0] < 0 || offsets[1] < offsets[0]) {
                throw bad("data_offsets " + Arrays.toString(offsets) + " are no range", place);
            }
            long bytes;
            try {
                bytes = Math.multiplyExact(shape.elements(), (long) dtype.bytes());
            } catch (ArithmeticException e) {
                throw new BadInputException("shape " + shape + " is too large", place, REMEDY, e);
            }
            if (offsets[1] - offsets[0] != bytes) {
                throw bad(
                        "shape " + shape + " of " + dtype + " takes " + bytes + " bytes, not the "
                                + (offsets[1] - offsets[0]) + " that data_offsets give",
                        place);
            }
            return new Range(name, dtype, shape, offsets[0], offsets[1]);
        }

        private DType dtype(String place) throws IOException {
            expect(json.nextToken(), JsonToken.VALUE_STRING, place);
            String name = json.getText();
            for (DType dtype : DType.values()) {
                if (dtype.name().equals(name)) {
                    return dtype;
                }
            }
            throw new BadInputException(
                    "dtype is not supported", place + ", dtype " + name, "use " + Arrays.toString(DType.values()));
        }

        private Shape shape(String place) throws IOException {
            try {
                return Shape.of(longs(place));
            } catch (IllegalArgumentException e) {
                throw new BadInputException(e.getMessage(), place, REMEDY, e);
            }
        }

        private long[] longs(String place) throws IOException {
            expect(json.nextToken(), JsonToken.START_ARRAY, place);
            long[] values = new long[4];
            int count = 0;
            while (json.nextToken() != JsonToken.END_ARRAY) {
                expect(json.currentToken(), JsonToken.VALUE_NUMBER_INT, place);
                values = count == values.length ? Arrays.copyOf(values, 2 * count) : values;
                values[count++] = json.getLongValue();
            }
            return Arrays.copyOf(values, count);
        }

        private static void expect(JsonToken found, JsonToken wanted, String place) {
            if (found != wanted) {
                throw bad("header holds " + found + " where " + wanted + " is wanted", place);
            }
        }

        private static BadInputException bad(String what, String place) {
            return new BadInputException(what, place, REMEDY);
        }
    }
}
