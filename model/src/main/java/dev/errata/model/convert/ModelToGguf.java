package dev.errata.model.convert;

import dev.errata.model.config.GgufConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.config.RopeConfig;
import dev.errata.model.family.ModelFamily;
import dev.errata.model.file.GgufWriter;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.model.weights.GgufNames;
import dev.errata.model.weights.ModelSource;
import dev.errata.model.weights.PairedRows;
import dev.errata.model.weights.ShiftedTensor;
import dev.errata.model.weights.StoredTensor;
import dev.errata.tensor.DType;
import dev.errata.tensor.Shape;
import dev.errata.tensor.ggml.GgmlType;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;

/**
 * A model as a GGUF file, as llama.cpp's converter writes it: matrices in one type, norms and biases in F32, the rows of q
 * and k in pairs for the architecture llama. No more than one tensor is in memory.
 */
public final class ModelToGguf {
    private final ModelSource source;
    private final GgmlType type;

    private ModelToGguf(ModelSource source, GgmlType type) {
        this.source = source;
        this.type = type;
    }

    /** What was written; {@code type} is that of the matrices, {@code bytes} are those of the tensors. */
    public record Written(int tensors, long bytes, GgmlType type) {}

    /**
     * @param vocabulary the {@code tokenizer.*} keys
     * @param type of the matrices, one of {@link dev.errata.quant.ggml.GgmlEncoder#TYPES}; null: as they are stored,
     *     F32 where they are stored in several types or in blocks
     * @param notes is told what the file can't say, and which tensors fall back to F16
     * @param progress is told bytes as they are written
     * @throws dev.errata.tensor.BadInputException if a tensor is missing, misshapen, doesn't belong, or holds a value
     *     beyond the type's range
     */
    public static Written write(
            ModelSource source,
            Map<String, Object> vocabulary,
            GgmlType type,
            Path output,
            Consumer<String> notes,
            LongConsumer progress) {
        GgmlType chosen = type == null ? storedType(source) : type;
        return new ModelToGguf(source, chosen).write(vocabulary, output, notes, progress);
    }

    private Written write(Map<String, Object> vocabulary, Path output, Consumer<String> notes, LongConsumer progress) {
        ModelConfig config = source.config();
        Map<String, StoredTensor> tensors = tensors(source);
        Map<String, Object> keys = new LinkedHashMap<>(GgufModelKeys.of(config, name(source.path()), type, notes));
        keys.putAll(vocabulary);
        List<GgufWriter.Plan> plans = new ArrayList<>();
        Map<String, float[]> divisors = divisors(config);
        divisors.forEach((name, values) -> plans.add(new GgufWriter.Plan(name, GgmlType.F32, Shape.of(values.length))));
        List<String> fallen = new ArrayList<>();
        tensors.forEach((name, tensor) -> {
            GgmlType each = TensorEncoding.typeOf(tensor.shape(), type);
            if (each != type && tensor.shape().rank() > 1) {
                fallen.add(GgufNames.toGguf(config.family(), name));
            }
            plans.add(new GgufWriter.Plan(GgufNames.toGguf(config.family(), name), each, tensor.shape()));
        });
        if (!fallen.isEmpty()) {
            notes.accept(fallen.size() + " tensors are written as F16, since their rows don't divide into blocks of "
                    + type.blockSize() + " - " + String.join(", ", fallen));
        }
        try (GgufWriter writer = GgufWriter.create(output, keys, plans)) {
            divisors.forEach((name, values) -> writer.write(name, TensorEncoding.littleEndian(values)));
            int at = divisors.size();
            for (Map.Entry<String, StoredTensor> tensor : tensors.entrySet()) {
                GgufWriter.Plan plan = plans.get(at++);
                StoredTensor whole = whole(config.family(), tensor.getKey(), tensor.getValue());
                TensorEncoding.write(plan, whole, PairedRows.heads(config, tensor.getKey()), writer, source);
                progress.accept(plan.bytes());
            }
            writer.commit();
        }
        return new Written(
                plans.size(), plans.stream().mapToLong(GgufWriter.Plan::bytes).sum(), type);
    }

    /** A norm with what the family adds to it, which a GGUF file holds in it. */
    private static StoredTensor whole(ModelFamily family, String name, StoredTensor tensor) {
        float offset = family.arithmetic().normOffset();
        return offset != 0 && DecoderLayout.isNorm(name) ? new ShiftedTensor(tensor, offset) : tensor;
    }

    /** All tensors that the config asks for, by Hugging Face's names. */
    static Map<String, StoredTensor> tensors(ModelSource source) {
        Map<String, StoredTensor> tensors = new LinkedHashMap<>();
        DecoderLayout.tensors(source.config())
                .forEach((name, dims) -> tensors.put(name, source.weights().stored(name, dims)));
        source.weights().requireNoOthers();
        return tensors;
    }

    private static GgmlType storedType(ModelSource source) {
        return switch (storedFloats(tensors(source).values())) {
            case F16 -> GgmlType.F16;
            case BF16 -> GgmlType.BF16;
            default -> GgmlType.F32;
        };
    }

    /** The type that all matrices are stored in; F32 where there are several, or blocks of a GGUF file. */
    static DType storedFloats(Collection<StoredTensor> tensors) {
        List<DType> types = tensors.stream()
                .filter(tensor -> tensor.shape().rank() > 1)
                .map(StoredTensor::dtype)
                .distinct()
                .toList();
        return types.size() == 1 ? types.getFirst() : DType.F32;
    }

    /** Divisors of frequencies, by the names of the tensors that hold them. */
    private static Map<String, float[]> divisors(ModelConfig config) {
        return switch (config.rope().scaling()) {
            case RopeConfig.Scaling.Llama3 llama3 ->
                Map.of(
                        GgufConfig.FREQUENCIES,
                        Llama3Frequencies.divisors(llama3, config.rope().theta(), config.headDim()));
            case RopeConfig.Scaling.PerFrequency(float[] factors) -> Map.of(GgufConfig.FREQUENCIES, factors);
            case RopeConfig.Scaling.LongRope longRope ->
                new TreeMap<>(Map.of(
                        GgufConfig.SHORT_FACTORS,
                        longRope.shortFactors(),
                        GgufConfig.LONG_FACTORS,
                        longRope.longFactors()));
            default -> Map.of();
        };
    }

    /** A folder's or a file's own name without its ending. */
    static String name(Path path) {
        Path last = path.toAbsolutePath().normalize().getFileName();
        String name = last == null ? "model" : last.toString();
        return name.endsWith(".gguf") ? name.substring(0, name.length() - ".gguf".length()) : name;
    }
}
