package dev.errata.bench.ops;

import dev.errata.quant.DynamicMap;
import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Tensor;
import java.util.List;

/** An optimizer's step and the gradients' norm, on so many values that they fit into no cache. */
final class UpdateBenchmarks {
    /** About the values of a low-rank adapter. */
    private static final int VALUES = 1 << 23;

    private static final double LR = 1e-3;
    private static final double EPS = 1e-8;
    private static final double DECAY = 0.01;

    private UpdateBenchmarks() {}

    /** The same for every model. */
    static List<OperatorBenchmark> all() {
        String shape = VALUES / (1 << 20) + "M values";
        return List.of(
                new OperatorBenchmark(
                        "AdamWStep",
                        shape,
                        Work.ofBytes(28.0 * VALUES),
                        OperatorBenchmark.ROUNDINGS,
                        false,
                        UpdateBenchmarks::adamW),
                new OperatorBenchmark(
                        "AdamW8bitStep",
                        shape,
                        Work.ofBytes(16.0 * VALUES),
                        OperatorBenchmark.ROUNDINGS,
                        false,
                        UpdateBenchmarks::adamW8bit),
                new OperatorBenchmark(
                        "SumSquares",
                        shape,
                        Work.ofBytes(4.0 * VALUES),
                        OperatorBenchmark.ROUNDINGS,
                        false,
                        in -> new Op.SumSquares(in.normal(VALUES), in.compared(in.f64()), false)));
    }

    private static Op adamW(Operands in) {
        Tensor param = in.wholeOutput(DType.F32, VALUES);
        Tensor grad = in.normal(VALUES);
        Tensor m = in.zeros(VALUES);
        return new Op.AdamWStep(param, grad, m, in.zeros(VALUES), LR, 0.9, 0.999, EPS, DECAY, 1, 1);
    }

    private static Op adamW8bit(Operands in) {
        Tensor param = in.wholeOutput(DType.F32, VALUES);
        Tensor grad = in.normal(VALUES);
        return new Op.AdamW8bitStep(
                param,
                grad,
                moments(in, DynamicMap.SIGNED),
                moments(in, DynamicMap.UNSIGNED),
                LR,
                0.9,
                0.999,
                EPS,
                DECAY,
                1,
                1);
    }

    private static Blockwise8Bit moments(Operands in, DynamicMap map) {
        float[] values = map.codes().values();
        return new Blockwise8Bit(
                in.bytes(new byte[VALUES]), in.zeros(Blockwise8Bit.blocks(VALUES)), in.floats(values, values.length));
    }
}
