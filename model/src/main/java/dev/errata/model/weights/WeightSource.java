package dev.errata.model.weights;

import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;

/** Where a model's tensors come from, by Hugging Face's names. Tensors given live as long as the source. */
public interface WeightSource extends AutoCloseable {
    /**
     * A tensor as F32.
     *
     * @throws dev.errata.tensor.BadInputException if it is missing or has another shape; it names tensor and file
     */
    Tensor dense(String name, Scope scope, long... dims);

    /**
     * The same, each element rounded to the nearest bf16.
     *
     * @throws dev.errata.tensor.BadInputException as {@link #dense}
     */
    Tensor rounded(String name, Scope scope, long... dims);

    /**
     * A linear layer's matrix [out, in] in 4 bits. One that is stored so stays as it is stored.
     *
     * @param spec how linear layers are quantized; null: as they are stored. If some are stored in 4 bits, those that
     *     are not stay as they are
     * @return null if the matrix is not to be in 4 bits
     * @throws dev.errata.tensor.BadInputException as {@link #dense}, or if it is stored in 4 bits of another kind than
     *     {@code spec} asks for
     */
    Weight.FourBit fourBit(String name, FourBitSpec spec, Scope scope, int out, int in);

    /**
     * A tensor as its file holds it, to be written elsewhere.
     *
     * @throws dev.errata.tensor.BadInputException as {@link #dense}
     * @throws UnsupportedOperationException if this source isn't a file
     */
    default StoredTensor stored(String name, long... dims) {
        throw new UnsupportedOperationException("tensor " + name + " lies in no file");
    }

    /**
     * To be called when all tensors were asked for.
     *
     * @throws dev.errata.tensor.BadInputException if the source holds others too; it names the first
     */
    void requireNoOthers();

    /** Closing again does nothing: the decoder that was loaded from a source closes it too. */
    @Override
    void close();
}
