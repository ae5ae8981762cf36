package dev.errata.train.optimizer;

import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.Tensor;
import java.util.List;

/** AdamW's two moments of a run of elements, in memory. */
public sealed interface OptimizerState {
    /** The tensors, in the order of {@link StateFormat#parts}. */
    List<Tensor> parts();

    /** Moments F32 [n]. */
    record ThirtyTwoBit(Tensor m, Tensor v) implements OptimizerState {
        @Override
        public List<Tensor> parts() {
            return List.of(m, v);
        }
    }

    /** Moments as 8-bit codes with a scale for each block. */
    record EightBit(Blockwise8Bit m, Blockwise8Bit v) implements OptimizerState {
        @Override
        public List<Tensor> parts() {
            return List.of(m.codes(), v.codes(), m.absmax(), v.absmax());
        }
    }
}
