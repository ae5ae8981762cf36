package dev.errata.kernels.cpu;

import dev.errata.tensor.DType;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.util.List;

/**
 * A weight in panels, for products that don't pack it again.
 *
 * @param eightBitRows as {@link Weight.Ggml} has it
 */
record PanelWeight(int out, int in, PanelForm form, Tensor memory, boolean eightBitRows) implements Weight.Prepared {
    /** Where it lies, if it may still be used. */
    long base() {
        return Memory.address(memory, DType.U8, memory.elements());
    }

    @Override
    public List<Tensor> tensors() {
        return List.of(memory);
    }
}
