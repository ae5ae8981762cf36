package dev.errata.model.decoder;

import dev.errata.tensor.DType;
import java.util.Optional;

/**
 * In which types a model is computed: the one place that says so, from {@code dtype} and {@code activations} of a config.
 * Sums, norms, the softmax and the loss are f32 inside, whatever their tensors are. Adapters are F32 and multiplied as they
 * are; what they add is rounded with the sum. Gradients have the types of what they belong to.
 *
 * @param weights what the linear layers of the blocks multiply by: F32, or BF16 as with bitsandbytes' {@code compute_dtype}:
 *     then their input, weight, bias and output are BF16. If activations are BF16 too, all other weights are BF16 as well:
 *     with {@code dtype=bfloat16} transformers computes so
 * @param activations what lies between operators, F32 or BF16; keys and values in a cache too
 * @param trains whether weights that are put in the place of loaded ones may change: they stay F32 then, and are rounded
 *     at each use instead of once
 * @param eightBitRows whether what is multiplied with a weight in GGML's blocks is rounded to 8 bits a block first, as llama.cpp does
 */
public record Precision(DType weights, DType activations, boolean trains, boolean eightBitRows) {
    /** All f32. */
    public static final Precision F32 = new Precision(DType.F32, DType.F32, false);

    /** All bf16, nothing trained. */
    public static final Precision BF16 = new Precision(DType.BF16, DType.BF16, false);

    /** f32, but for rows that are multiplied with quantized weights of a GGUF file: these have 8 bits. Nothing trained. */
    public static final Precision INT8 = new Precision(DType.F32, DType.F32, false, true);

    /** By its name in options and configs: {@code f32}, {@code bf16} or {@code int8}; empty for any other. */
    public static Optional<Precision> named(String name) {
        return switch (name) {
            case "f32" -> Optional.of(F32);
            case "bf16" -> Optional.of(BF16);
            case "int8" -> Optional.of(INT8);
            default -> Optional.empty();
        };
    }

    /** What multiplies rows as they are. */
    public Precision(DType weights, DType activations, boolean trains) {
        this(weights, activations, trains, false);
    }

    /**
     * @throws IllegalArgumentException if a type is neither F32 nor BF16
     */
    public Precision {
        if ((weights != DType.F32 && weights != DType.BF16)
                || (activations != DType.F32 && activations != DType.BF16)) {
            throw new IllegalArgumentException(weights + " and " + activations + ": F32 and BF16 are computed in");
        }
        if (eightBitRows && (trains || weights != DType.F32)) {
            throw new IllegalArgumentException(
                    "rows of 8 bits are for weights as they are stored, and none that is trained");
        }
    }

    /** What a tensor of the checkpoint is rounded to, once, if it isn't trained; F32 leaves it as it is stored. */
    DType kept(String name) {
        return isAllBf16() || name.contains("_proj.") ? weights : DType.F32;
    }

    /** The type in which a linear layer of a block takes its input and gives its output. */
    DType product() {
        return weights == DType.BF16 ? DType.BF16 : activations;
    }

    /** The same for the embedding and the output layer. */
    Precision ofEnds() {
        return isAllBf16() ? this : new Precision(DType.F32, activations, trains);
    }

    /** Whether any products are of bf16. */
    public boolean computesBf16() {
        return weights == DType.BF16 || activations == DType.BF16;
    }

    private boolean isAllBf16() {
        return weights == DType.BF16 && activations == DType.BF16;
    }
}
