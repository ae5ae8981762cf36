package dev.errata.model.adapter;

import dev.errata.model.decoder.LinearLayer;
import dev.errata.model.decoder.LoraLayer;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;

/** Where the tensors of an adapter come from: drawn anew, read from a file, or shapes alone. */
interface AdapterTensors {
    /** A of a module, [r, in]. */
    Tensor a(String module, int rank, int in);

    /** B of a module, [out, r]. */
    Tensor b(String module, int out, int rank);

    /** A of the embedding, [V, r], a row for each token. */
    Tensor embeddingA(String module, int vocabulary, int rank);

    /** B of the embedding, [C, r]. */
    Tensor embeddingB(String module, int hidden, int rank);

    /** The lengths of the rows of a layer, [out], given its low-rank addition. */
    Tensor magnitude(LinearLayer layer, LoraLayer lora);

    /** A tensor of the checkpoint that is trained whole, in the shape of what the model has there. */
    Tensor whole(String name, boolean adapted, Shape shape);

    /** The embedding's or the output layer's own weight where the adapter brings it, else null. */
    Tensor base(String name, Shape shape);

    /**
     * @throws dev.errata.tensor.BadInputException if there are tensors that nobody asked for
     */
    void requireNoOthers();
}
