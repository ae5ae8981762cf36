package dev.errata.model.weights;

import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;

/**
 * Where a model's tensors come from, by Hugging Face's names. What is given may lie where a file is mapped, so the source
 * must not be closed before.
 */
public interface WeightSource extends AutoCloseable {
    /**
     * A tensor of its own, as a norm's weight or a bias.
     *
     * @param type F32, or BF16 to round each element to the nearest
     * @throws dev.errata.tensor.BadInputException if it is missing or has another shape; it names tensor and file
     */
    Tensor vector(String name, DType type, Scope scope, long... dims);

    /**
     * A matrix [out, in] of a linear layer, the embedding or the output layer, in the type that it is stored in. Its memory
     * in the host that the backend doesn't use is given back before this returns.
     *
     * @param scope holds it
     * @throws dev.errata.tensor.BadInputException as {@link #vector}, or if it is stored in 4 bits of another kind than
     *     {@code use} asks for
     */
    Weight weight(String name, WeightUse use, Scope scope, int out, int in);

    /**
     * Whether a linear layer's matrix will be in bitsandbytes' 4 bits: because it is stored so, or is quantized on loading.
     * If some are stored in 4 bits, those that are not were left out on purpose and stay as they are.
     *
     * @param quantization how linear layers are quantized, or null
     */
    boolean isFourBit(String name, FourBitSpec quantization);

    /**
     * A tensor as its file holds it, to be written elsewhere.
     *
     * @throws dev.errata.tensor.BadInputException as {@link #vector}
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
