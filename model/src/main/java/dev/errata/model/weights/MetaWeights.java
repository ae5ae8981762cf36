package dev.errata.model.weights;

import dev.errata.model.config.JsonFields;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.file.CheckpointFolder;
import dev.errata.model.file.GgufFile;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;

/**
 * Weights of the right shapes and types and without values, for a device that computes nothing: any config will do, however large. Where
 * there are weights, their types are those of the files.
 */
public final class MetaWeights implements WeightSource {
    private final WeightSource files;
    private final DType dtype;

    /**
     * @param files where there are weights, else null
     * @param dtype of weights that lie in no file
     */
    private MetaWeights(WeightSource files, DType dtype) {
        this.files = files;
        this.dtype = dtype;
    }

    /** Weights that lie in no file, all of one type. */
    public static MetaWeights of(DType dtype) {
        return new MetaWeights(null, dtype);
    }

    /**
     * The weights that a model has, or will have: files that aren't there yet, or can't be read, are taken to be of the type
     * that config.json names.
     *
     * @param model a folder with config.json at least, or a GGUF file
     */
    public static MetaWeights of(Path model, ModelConfig config) {
        Arena arena = Arena.ofShared();
        try {
            Map<String, StoredTensor> stored = ModelSource.isGguf(model)
                    ? StoredTensors.ofGguf(GgufFile.open(model, arena), config)
                    : StoredTensors.ofFolder(CheckpointFolder.open(model, arena));
            return new MetaWeights(new StoredTensors(model.toString(), stored, Set.of(), arena), DType.F32);
        } catch (BadInputException e) {
            arena.close();
            return of(named(model));
        }
    }

    private static DType named(Path folder) {
        Path file = folder.resolve("config.json");
        if (!Files.exists(file)) {
            return DType.F32;
        }
        JsonFields config = JsonFields.read(file);
        return switch (config.text("dtype", config.text("torch_dtype", "float32"))) {
            case "bfloat16" -> DType.BF16;
            case "float16" -> DType.F16;
            default -> DType.F32;
        };
    }

    @Override
    public Tensor vector(String name, DType type, Scope scope, long... dims) {
        return scope.allocate(name, type, dims);
    }

    @Override
    public boolean isFourBit(String name, FourBitSpec quantization) {
        return files == null ? quantization != null : files.isFourBit(name, quantization);
    }

    @Override
    public Weight weight(String name, WeightUse use, Scope scope, int out, int in) {
        boolean fourBit = isFourBit(name, use.quantization());
        boolean isStoredSo = files != null && files.isFourBit(name, null);
        if (files != null && fourBit == isStoredSo) {
            return files.weight(
                    name, new WeightUse(use.kind(), use.rounding(), null, use.eightBitRows()), scope, out, in);
        }
        if (use.kind() == WeightUse.Kind.TRAINED && !fourBit) {
            return new Weight.Dense(scope.f32(name, out, in));
        }
        try (Scope staging = new Scope("loading", scope.backend())) {
            Weight loaded = fourBit
                    ? FourBitWeights.shaped(name, use.quantization(), staging, out, in)
                            .widenedTo(use.rounding())
                    : new Weight.Dense(
                            staging.allocate(name, use.rounding() == DType.BF16 ? DType.BF16 : dtype, out, in));
            Weight ready =
                    use.kind() == WeightUse.Kind.ROWS ? loaded : scope.backend().prepare(name, loaded, scope);
            if (ready.equals(loaded)) {
                loaded.tensors().forEach(each -> staging.move(each, scope));
            }
            return ready;
        }
    }

    @Override
    public void requireNoOthers() {}

    @Override
    public void close() {
        if (files != null) {
            files.close();
        }
    }
}
