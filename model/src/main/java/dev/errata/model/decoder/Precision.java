package dev.errata.model.decoder;

/**
 * What a decoder computes in bf16. Values stay in F32 tensors: where torch holds bf16, each is rounded to the nearest bf16,
 * and products sum in f32 as torch's do.
 */
public enum Precision {
    /** Nothing. */
    F32,

    /**
     * The linear layers of the blocks, as bitsandbytes' {@code compute_dtype} has it: their input, weight, bias and output
     * are rounded. Adapters, norms, attention, embeddings and the output layer stay f32. Weights are frozen and kept rounded.
     */
    BF16_LINEARS,

    /** The same for weights that training changes: they stay f32 and are rounded at each use. */
    BF16_TRAINED_LINEARS,

    /**
     * Every operator, as transformers computes with {@code dtype=bfloat16} and eager attention. Adapters stay f32, their
     * layers' results are rounded.
     */
    BF16;

    /** The same where a layer's weight or bias may change. */
    Precision ofTrained() {
        return this == BF16_LINEARS ? BF16_TRAINED_LINEARS : this;
    }

    /** Whether linear layers are computed in bf16. */
    boolean roundsLinears() {
        return this != F32;
    }

    /** Whether what reaches a linear layer is f32 and must be rounded first. */
    boolean roundsLinearInputs() {
        return this == BF16_LINEARS || this == BF16_TRAINED_LINEARS;
    }

    /** Whether a linear layer's weight and bias are f32 and must be rounded each time. */
    boolean roundsLinearWeights() {
        return this == BF16_TRAINED_LINEARS;
    }

    /** Whether a tensor of the checkpoint is rounded once, on loading. */
    boolean keepsRounded(String name) {
        return this == BF16 || (this == BF16_LINEARS && name.contains("_proj."));
    }

    /** Whether every operator's result is rounded. */
    boolean roundsAll() {
        return this == BF16;
    }
}
