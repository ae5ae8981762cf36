package dev.errata.model.decoder;

import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.autograd.Ops;

/**
 * DoRA's trained length of each row of a weight, beside the length that the row has. The latter is a constant to the
 * gradients; it is found anew in every training pass, and once where nothing is trained, as a generated token should not
 * cost a product of whole matrices.
 */
public final class LoraMagnitude {
    private final Tensor lengths;
    private final Tensor norm;
    private boolean known;

    /**
     * @param lengths [out], trainable
     * @param norm [out], contents undefined
     */
    public LoraMagnitude(Tensor lengths, Tensor norm) {
        this.lengths = lengths;
        this.norm = norm;
    }

    /** [out]. */
    public Tensor lengths() {
        return lengths;
    }

    /** ‖W[o] + scale · B[o] · A‖₂, [out]. */
    public Tensor norm() {
        return norm;
    }

    void require(Ops ops, Weight weight, LoraLayer lora, boolean training) {
        if (!known || training) {
            ops.loraRowNorm(weight, lora.a(), lora.b(), lora.scale(), norm);
        }
        known = !training;
    }
}
