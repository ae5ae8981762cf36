package dev.errata.model.file;

import dev.errata.quant.BlockwiseFourBit;
import dev.errata.quant.FourBitFormat;
import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.RunFailedException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Quantizes all float tensors of a safetensors file to 4 bits, and back. Tensors of whole numbers and booleans go
 * through unchanged, as does the file's metadata; F64 is refused. Results lie in memory until the file is written.
 */
public final class TensorFileQuantizer {
    private TensorFileQuantizer() {}

    /**
     * Writes {@code output} with each F32, BF16 and F16 tensor of {@code input} in its 4-bit form ({@link
     * FourBitTensors} lists the names).
     *
     * @throws BadInputException if the file is broken, a tensor is F64, NaN or infinite or 4-bit already, two names
     *     would clash, the block size is not supported, or the output can't be written
     * @throws RunFailedException if the disk is full
     */
    public static void quantize(Path input, FourBitFormat format, int blockSize, boolean doubleQuant, Path output) {
        BlockwiseFourBit.checkBlockSize(blockSize, "--block-size");
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile file = SafetensorsFile.open(input, arena);
            FourBitTensors.Found found = FourBitTensors.find(file.entries(), input.toString());
            if (!found.quantized().isEmpty()) {
                String first = found.quantized().keySet().iterator().next();
                throw new BadInputException(
                        "tensor is 4-bit already", input + ", tensor " + first, "dequantize the file first");
            }
            Map<String, TensorEntry> results = new LinkedHashMap<>();
            for (TensorEntry entry : file.entries().values()) {
                for (TensorEntry result : quantized(entry, format, blockSize, doubleQuant, arena, input)) {
                    add(results, result, input);
                }
            }
            SafetensorsWriter.write(output, file.metadata(), results.values());
        }
    }

    private static List<TensorEntry> quantized(
            TensorEntry entry, FourBitFormat format, int blockSize, boolean doubleQuant, Arena arena, Path input) {
        return switch (entry.dtype()) {
            case F32, BF16, F16 ->
                FourBitTensors.entries(QuantizedTensor.quantize(
                        entry.name(),
                        format,
                        blockSize,
                        doubleQuant,
                        entry.data(),
                        entry.dtype(),
                        entry.shape(),
                        arena,
                        input.toString()));
            case F64 ->
                throw new BadInputException(
                        "F64 tensors can't be quantized",
                        input + ", tensor " + entry.name(),
                        "store the tensor as F32, BF16 or F16");
            case I64, I32, I16, I8, U8, BOOL -> List.of(entry);
        };
    }

    /**
     * Writes {@code output} with each 4-bit tensor of {@code input} as a plain one of type {@code target} in its former
     * shape, and all other tensors unchanged.
     *
     * @param target F32, BF16 or F16
     * @throws BadInputException if the file is broken or holds no 4-bit tensor, the type is another one, or the output
     *     can't be written
     * @throws RunFailedException if the disk is full
     */
    public static void dequantize(Path input, DType target, Path output) {
        if (target != DType.F32 && target != DType.BF16 && target != DType.F16) {
            throw new BadInputException("type " + target + " is not supported", "--dtype", "use f32, bf16 or f16");
        }
        try (Arena arena = Arena.ofConfined()) {
            SafetensorsFile file = SafetensorsFile.open(input, arena);
            FourBitTensors.Found found = FourBitTensors.find(file.entries(), input.toString());
            if (found.quantized().isEmpty()) {
                throw new BadInputException(
                        "file holds no 4-bit tensor", input.toString(), "name a file that quantize wrote");
            }
            writePlain(found, target, file.metadata(), output);
        }
    }

    private static void writePlain(
            FourBitTensors.Found found, DType target, Map<String, String> metadata, Path output) {
        List<SafetensorsWriter.Plan> plans = new ArrayList<>();
        for (QuantizedTensor tensor : found.quantized().values()) {
            plans.add(new SafetensorsWriter.Plan(tensor.name(), target, tensor.shape()));
        }
        for (TensorEntry entry : found.plain().values()) {
            plans.add(new SafetensorsWriter.Plan(entry.name(), entry.dtype(), entry.shape()));
        }
        try (SafetensorsWriter writer = SafetensorsWriter.create(output, metadata, plans)) {
            for (SafetensorsWriter.Plan plan : writer.order()) {
                QuantizedTensor tensor = found.quantized().get(plan.name());
                if (tensor == null) {
                    writer.write(plan.name(), found.plain().get(plan.name()).data());
                } else {
                    writeDequantized(writer, tensor, target);
                }
            }
            writer.commit();
        }
    }

    private static void writeDequantized(SafetensorsWriter writer, QuantizedTensor tensor, DType target) {
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment values = scratch.allocate(tensor.shape().elements() * target.bytes(), Long.BYTES);
            tensor.dequantizeInto(values, target);
            writer.write(tensor.name(), values);
        }
    }

    private static void add(Map<String, TensorEntry> results, TensorEntry result, Path input) {
        if (results.put(result.name(), result) != null) {
            throw new BadInputException(
                    "name of a part is taken by another tensor",
                    input + ", tensor " + result.name(),
                    "rename that tensor");
        }
    }
}
