package dev.errata.model.decoder;

import dev.errata.tensor.DType;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.autograd.Ops;

/**
 * A low-rank addition to the embedding: scale · B · A[id].
 *
 * @param a [V, r], PEFT's {@code lora_embedding_A} transposed, so that a token's part is a row
 * @param b [C, r]
 */
public record LoraEmbedding(Tensor a, Tensor b, float scale) {
    /** Adds to the embeddings of ids, x [N, C], in place. PEFT drops nothing out here. */
    void addTo(Ops ops, Tensor ids, Tensor x) {
        ops.addLinear(ops.embedding(new Weight.Dense(a), ids, DType.F32), b, scale, x);
    }
}
