package dev.errata.train.optimizer;

import dev.errata.quant.DynamicMap;
import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.train.config.OptimizerConfig;
import java.util.List;

/**
 * bitsandbytes' AdamW8bit: the first moment through the signed dynamic map, the second through the unsigned one, in blocks
 * of 256 elements of a tensor. A tensor's size alone decides, as there: 8 bits from {@code min_8bit_size} elements on.
 */
record AdamW8bit(OptimizerConfig config) implements Optimizer {
    static final StateFormat FORMAT = new StateFormat(List.of(
            new StatePart("m_codes", DType.U8, 1),
            new StatePart("v_codes", DType.U8, 1),
            new StatePart("m_absmax", DType.F32, Blockwise8Bit.BLOCK_SIZE),
            new StatePart("v_absmax", DType.F32, Blockwise8Bit.BLOCK_SIZE)));

    @Override
    public StateFormat format(long elements) {
        return elements >= config.min8bitSize() ? FORMAT : AdamW.FORMAT;
    }

    @Override
    public Rule in(Scope scope) {
        AdamW small = new AdamW(config);
        Tensor signed = map(scope, DynamicMap.SIGNED);
        Tensor unsigned = map(scope, DynamicMap.UNSIGNED);
        return (piece, step) ->
                piece.format().equals(AdamW.FORMAT) ? small.update(piece, step) : update(piece, step, signed, unsigned);
    }

    private static Tensor map(Scope scope, DynamicMap map) {
        float[] values = map.codes().values();
        return scope.floats("dynamic map", values, values.length);
    }

    private Op update(StatePiece piece, UpdateStep step, Tensor signed, Tensor unsigned) {
        List<Tensor> state = piece.state();
        return new Op.AdamW8bitStep(
                piece.values(),
                piece.gradients(),
                new Blockwise8Bit(state.get(0), state.get(2), signed),
                new Blockwise8Bit(state.get(1), state.get(3), unsigned),
                step.rate(),
                config.beta1(),
                config.beta2(),
                config.eps(),
                config.weightDecay(),
                step.number(),
                step.gradScale());
    }
}
