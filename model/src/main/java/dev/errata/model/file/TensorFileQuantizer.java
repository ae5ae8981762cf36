package dev.errata.model.file;

import dev.errata.quant.BlockwiseFourBit;
import dev.errata.quant.FourBitFormat;
import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.RunFailedException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Quantizes all float tensors of a safetensors file to 4 bits, and back. Tensors of whole numbers and booleans go
 * through unchanged, as does the file's metadata; F64 is refused. One tensor at a time is in memory.
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
        try (Arena arena = Arena.ofShared()) {
            SafetensorsFile file = SafetensorsFile.open(input, arena);
            FourBitTensors.Found found = FourBitTensors.find(file.entries(), input.toString());
            if (!found.quantized().isEmpty()) {
                String first = found.quantized().keySet().iterator().next();
                throw new BadInputException(
                        "tensor is 4-bit already", input + ", tensor " + first, "dequantize the file first");
            }
            List<SafetensorsWriter.Plan> plans = new ArrayList<>();
            Set<String> names = new HashSet<>();
            for (TensorEntry entry : file.entries().values()) {
                for (SafetensorsWriter.Plan plan : plans(entry, format, blockSize, doubleQuant, input)) {
                    if (!names.add(plan.name())) {
                        throw new BadInputException(
                                "name of a part is taken by another tensor",
                                input + ", tensor " + plan.name(),
                                "rename that tensor");
                    }
                    plans.add(plan);
                }
            }
            try (SafetensorsWriter writer = SafetensorsWriter.create(output, file.metadata(), plans)) {
                for (TensorEntry entry : file.entries().values()) {
                    if (isQuantized(entry)) {
                        try (Arena scratch = Arena.ofShared()) {
                            FourBitTensors.write(
                                    QuantizedTensor.quantize(
                                            entry.name(),
                                            format,
                                            blockSize,
                                            doubleQuant,
                                            entry.data(),
                                            entry.dtype(),
                                            entry.shape(),
                                            scratch,
                                            input.toString()),
                                    writer);
                        }
                    } else {
                        writer.write(entry.name(), entry.data());
                    }
                    MappedPages.release(entry.data());
                }
                writer.commit();
            }
        }
    }

    private static List<SafetensorsWriter.Plan> plans(
            TensorEntry entry, FourBitFormat format, int blockSize, boolean doubleQuant, Path input) {
        if (entry.dtype() == DType.F64) {
            throw new BadInputException(
                    "F64 tensors can't be quantized",
                    input + ", tensor " + entry.name(),
                    "store the tensor as F32, BF16 or F16");
        }
        return isQuantized(entry)
                ? FourBitTensors.plans(entry.name(), format, blockSize, doubleQuant, entry.dtype(), entry.shape())
                : List.of(new SafetensorsWriter.Plan(entry.name(), entry.dtype(), entry.shape()));
    }

    private static boolean isQuantized(TensorEntry entry) {
        return entry.dtype() == DType.F32 || entry.dtype() == DType.BF16 || entry.dtype() == DType.F16;
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
            for (QuantizedTensor tensor : found.quantized().values()) {
                FourBitTensors.writePlain(tensor, target, writer);
            }
            for (TensorEntry entry : found.plain().values()) {
                writer.write(entry.name(), entry.data());
            }
            writer.commit();
        }
    }
}
