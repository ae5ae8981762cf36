package dev.errata.pipeline.fuzz;

import dev.errata.model.file.CheckpointFolder;
import dev.errata.model.file.FourBitTensors;
import dev.errata.model.file.SafetensorsFile;
import dev.errata.model.file.TensorEntry;
import dev.errata.quant.FourBitFormat;
import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * Safetensors files. The first byte of an input says what the rest is: {@code F} a whole file; {@code H} its header, a
 * line break, and its data, so that the length in front always matches; {@code I} an index, beside a shard that is fine;
 * {@code Q} and {@code D} the quant_state of a tensor whose other parts are fine, without and with double quantization.
 */
public final class SafetensorsFuzz {
    private static final List<TensorEntry> PLAIN = quantized(false);
    private static final List<TensorEntry> NESTED = quantized(true);

    private SafetensorsFuzz() {}

    /** Reads one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        byte[] rest = input.length == 0 ? input : Arrays.copyOfRange(input, 1, input.length);
        switch (input.length == 0 ? 'F' : input[0]) {
            case 'H' -> read(withLength(rest));
            case 'I' -> readIndex(rest);
            case 'Q' -> read(file(withQuantState(PLAIN, rest)));
            case 'D' -> read(file(withQuantState(NESTED, rest)));
            default -> read(rest);
        }
    }

    private static void read(byte[] bytes) {
        Path file = Trial.file("tensors.safetensors", bytes);
        Trial.run(bytes.length, () -> {
            try (Arena arena = Arena.ofConfined()) {
                FourBitTensors.Found found =
                        FourBitTensors.find(SafetensorsFile.open(file, arena).entries(), file.toString());
                found.quantized().values().forEach(tensor -> dequantize(tensor, bytes.length));
            }
        });
    }

    private static void dequantize(QuantizedTensor tensor, int bytes) {
        long elements = tensor.shape().elements();
        if (elements > 2L * bytes) {
            throw new AssertionError(elements + " elements of 4 bits in " + bytes + " bytes");
        }
        tensor.dequantizeInto(0, (int) elements, new float[(int) elements], 0);
    }

    private static void readIndex(byte[] json) {
        TensorEntry tensor = new TensorEntry("a", DType.F32, Shape.of(2), MemorySegment.ofArray(new byte[8]));
        Trial.file("shard-1.safetensors", file(List.of(tensor)));
        Path index = Trial.file(CheckpointFolder.INDEX_FILE, json);
        Trial.run(json.length, () -> {
            try (Arena arena = Arena.ofConfined()) {
                CheckpointFolder.open(index.getParent(), arena);
            }
        });
    }

    /** The text up to its first line break as the header of a file, what comes after it as the data. */
    private static byte[] withLength(byte[] text) {
        int end = 0;
        while (end < text.length && text[end] != '\n') {
            end++;
        }
        int data = Math.min(text.length, end + 1);
        return ByteBuffer.allocate(Long.BYTES + end + text.length - data)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(end)
                .put(text, 0, end)
                .put(text, data, text.length - data)
                .array();
    }

    private static List<TensorEntry> quantized(boolean doubleQuant) {
        MemorySegment values = MemorySegment.ofArray(new byte[300 * Float.BYTES]);
        return FourBitTensors.entries(QuantizedTensor.quantize(
                "w",
                FourBitFormat.NF4,
                64,
                doubleQuant,
                values,
                DType.F32,
                Shape.of(20, 15),
                Arena.ofAuto(),
                "a tensor of zeros"));
    }

    private static List<TensorEntry> withQuantState(List<TensorEntry> parts, byte[] json) {
        return parts.stream()
                .map(part -> part.name().contains("quant_state")
                        ? new TensorEntry(part.name(), DType.U8, Shape.of(json.length), MemorySegment.ofArray(json))
                        : part)
                .toList();
    }

    private static byte[] file(List<TensorEntry> tensors) {
        ByteArrayOutputStream data = new ByteArrayOutputStream();
        StringBuilder header = new StringBuilder();
        for (TensorEntry tensor : tensors) {
            header.append(header.isEmpty() ? "{" : ",")
                    .append('"' + tensor.name() + "\":{\"dtype\":\"" + tensor.dtype() + "\",\"shape\":")
                    .append(tensor.shape() + ",\"data_offsets\":[" + data.size());
            data.writeBytes(tensor.data().toArray(ValueLayout.JAVA_BYTE));
            header.append("," + data.size() + "]}");
        }
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        all.writeBytes((header + "}\n").getBytes(StandardCharsets.UTF_8));
        all.writeBytes(data.toByteArray());
        return withLength(all.toByteArray());
    }
}
