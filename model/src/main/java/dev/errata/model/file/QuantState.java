package dev.errata.model.file;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.util.RawValue;
import dev.errata.model.json.JsonText;
import dev.errata.quant.Absmax;
import dev.errata.quant.BlockwiseFourBit;
import dev.errata.quant.FourBitFormat;
import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.Optional;

/**
 * What bitsandbytes keeps about a 4-bit tensor in the JSON text of {@code NAME.quant_state.bitsandbytes__nf4} (or
 * {@code __fp4}).
 *
 * @param dtype the type before quantizing: F32, BF16 or F16
 * @param shape the shape before quantizing
 * @param nested with double quantization
 */
record QuantState(FourBitFormat format, int blockSize, DType dtype, Shape shape, Optional<Nested> nested) {
    private static final String REMEDY = "get the file anew or quantize the original again";
    private static final ObjectMapper JSON = JsonText.STRICT;

    /** How the scales were quantized in their turn. */
    record Nested(int blockSize, float offset) {}

    static QuantState of(QuantizedTensor tensor) {
        Optional<Nested> nested = switch (tensor.absmax()) {
            case Absmax.Plain plain -> Optional.empty();
            case Absmax.Nested n -> Optional.of(new Nested(n.nestedBlockSize(), n.offset()));
        };
        return new QuantState(tensor.format(), tensor.blockSize(), tensor.dtype(), tensor.shape(), nested);
    }

    /**
     * UTF-8 JSON with bitsandbytes' keys; the offset is a double that holds the float exactly, written in as many
     * characters whatever its value: the bytes of a file are counted before the offset is known.
     */
    byte[] toJson() {
        ObjectNode json = JSON.createObjectNode();
        json.put("quant_type", format.formatName());
        json.put("blocksize", blockSize);
        json.put("dtype", torchName(dtype));
        ArrayNode sizes = json.putArray("shape");
        for (long size : shape.toArray()) {
            sizes.add(size);
        }
        nested.ifPresent(n -> {
            json.put("nested_blocksize", n.blockSize());
            json.put("nested_dtype", "float32");
            json.putRawValue("nested_offset", new RawValue(String.format(Locale.ROOT, "%.17e", (double) n.offset())));
        });
        return json.toString().getBytes(StandardCharsets.UTF_8);
    }

    /**
     * @param where file and tensor, for errors
     * @throws BadInputException if the text is no such JSON, or a value in it is not supported
     */
    static QuantState parse(byte[] text, String where) {
        JsonNode json;
        try {
            json = JSON.readTree(new String(text, StandardCharsets.UTF_8));
        } catch (JacksonException e) {
            throw new BadInputException("quant_state is not valid JSON", where, REMEDY, e);
        }
        String type = json.path("quant_type").asText();
        FourBitFormat format = FourBitFormat.named(type).orElseThrow(() -> wrong("quant_type", where));
        int blockSize = blockSize(json, "blocksize", where);
        DType dtype = switch (json.path("dtype").asText()) {
            case "float32" -> DType.F32;
            case "bfloat16" -> DType.BF16;
            case "float16" -> DType.F16;
            default -> throw wrong("dtype", where);
        };
        return new QuantState(format, blockSize, dtype, shape(json.path("shape"), where), nested(json, where));
    }

    private static Optional<Nested> nested(JsonNode json, String where) {
        if (!json.hasNonNull("nested_blocksize") && !json.hasNonNull("nested_offset")) {
            return Optional.empty();
        }
        if (!json.path("nested_dtype").asText("float32").equals("float32")) {
            throw wrong("nested_dtype", where);
        }
        JsonNode offset = json.path("nested_offset");
        if (!offset.isNumber() || !Float.isFinite((float) offset.doubleValue())) {
            throw wrong("nested_offset", where);
        }
        int blockSize = blockSize(json, "nested_blocksize", where);
        return Optional.of(new Nested(blockSize, (float) offset.doubleValue()));
    }

    private static int blockSize(JsonNode json, String key, String where) {
        JsonNode value = json.path(key);
        if (!value.isIntegralNumber() || !value.canConvertToInt()) {
            throw wrong(key, where);
        }
        BlockwiseFourBit.checkBlockSize(value.intValue(), where + ", " + key);
        return value.intValue();
    }

    private static Shape shape(JsonNode sizes, String where) {
        if (!sizes.isArray()) {
            throw wrong("shape", where);
        }
        long[] dims = new long[sizes.size()];
        for (int i = 0; i < dims.length; i++) {
            if (!sizes.get(i).isIntegralNumber() || !sizes.get(i).canConvertToLong()) {
                throw wrong("shape", where);
            }
            dims[i] = sizes.get(i).longValue();
        }
        try {
            return Shape.of(dims);
        } catch (IllegalArgumentException e) {
            throw new BadInputException(e.getMessage(), where, REMEDY, e);
        }
    }

    private static BadInputException wrong(String key, String where) {
        return new BadInputException("quant_state's " + key + " is missing or not supported", where, REMEDY);
    }

    private static String torchName(DType dtype) {
        return switch (dtype) {
            case F32 -> "float32";
            case BF16 -> "bfloat16";
            case F16 -> "float16";
            case F64, I64, I32, I16, I8, U8, BOOL ->
                throw new IllegalArgumentException("4-bit tensors don't come from " + dtype);
        };
    }
}
