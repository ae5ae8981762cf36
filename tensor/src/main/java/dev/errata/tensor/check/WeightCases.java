package dev.errata.tensor.check;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.check.OperatorCase.Inputs;
import dev.errata.tensor.ggml.GgmlType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** What is done with frozen weights: every kind of them, as stored and as the backend prepares it. */
final class WeightCases {
    private static final double SUMS = 1e-5;
    /** A sum in another order may fall on the other side of the middle between two bf16 values. */
    private static final double BF16 = 1 / 128.0;

    private static final short SCALE = Float.floatToFloat16(0.011f);
    private static final int[] RANKS = {1, 3, 8};

    private final int[][] sizes;
    private final int[] rowCounts;
    private final List<OperatorCase> cases = new ArrayList<>();

    /**
     * A weight at one size.
     *
     * @param make gives the same values on every backend
     */
    private record Kind(String name, int out, int in, Function<Inputs, Weight> make) {}

    /**
     * @param sizes of dense and 4-bit weights: out, in, block size
     */
    WeightCases(int[][] sizes, int... rowCounts) {
        this.sizes = sizes;
        this.rowCounts = rowCounts;
    }

    List<OperatorCase> all() {
        List<Kind> kinds = new ArrayList<>();
        for (int[] size : sizes) {
            for (DType dtype : new DType[] {DType.F32, DType.BF16, DType.F16}) {
                kinds.add(dense(size[0], size[1], dtype));
                boolean nested = dtype == DType.BF16;
                kinds.add(fourBit(size[0], size[1], size[2], nested, dtype));
            }
            kinds.add(fourBit(size[0], size[1], size[2], true, DType.F32));
        }
        int out = sizes[0][0];
        for (GgmlType type : GgmlType.values()) {
            if (type.blockSize() > 1) {
                kinds.add(ggml(type, out, type.blockSize() == 256 ? 256 : 96, DType.F32));
                kinds.add(ggml(type, sizes.length == 1 ? out : 37, 512, DType.BF16));
            }
        }
        for (Kind kind : kinds) {
            kind(kind);
            kind(new Kind(kind.name + " prepared", kind.out, kind.in, in -> in.prepared(kind.make.apply(in))));
        }
        return cases;
    }

    private void kind(Kind kind) {
        int out = kind.out;
        int in = kind.in;
        for (int rows : rowCounts) {
            boolean accumulate = rows % 2 == 1;
            DType x = rows % 3 == 1 ? DType.BF16 : DType.F32;
            DType y = rows == 3 || rows == 16 ? DType.BF16 : DType.F32;
            double tolerance = y == DType.BF16 ? BF16 : SUMS;
            String size = " " + rows + " rows by " + kind.name + (accumulate ? " +=" : "");
            add(
                    "linear" + size,
                    tolerance,
                    i -> new Op.Linear(
                            i.normal(x, rows, in), kind.make.apply(i), i.compared(i.normal(y, rows, out)), accumulate));
            add(
                    "linear backward" + size,
                    tolerance,
                    i -> new Op.LinearBackward(
                            i.normal(x, rows, out), kind.make.apply(i), i.compared(i.normal(y, rows, in)), accumulate));
            if (out > 0) {
                add(
                        "embedding" + size,
                        0,
                        i -> new Op.Embedding(kind.make.apply(i), i.ids(out, rows), i.compared(i.normal(y, rows, in))));
            }
        }
        for (DType y : new DType[] {DType.F32, DType.BF16}) {
            add(
                    "dequantize " + kind.name + " to " + y,
                    0,
                    i -> new Op.Dequantize(kind.make.apply(i), i.compared(i.normal(y, out, in))));
        }
        for (int rank : RANKS) {
            add(
                    "row norm rank " + rank + " of " + kind.name,
                    SUMS,
                    i -> new Op.LoraRowNorm(
                            kind.make.apply(i), i.normal(rank, in), i.normal(out, rank), 0.5f, i.output(out)));
        }
    }

    private void add(String name, double tolerance, Function<Inputs, Op> build) {
        cases.add(new OperatorCase(name, tolerance, build));
    }

    private static Kind dense(int out, int in, DType dtype) {
        return new Kind(
                dtype + " " + out + "x" + in, out, in, inputs -> new Weight.Dense(inputs.normal(dtype, out, in)));
    }

    private static Kind fourBit(int out, int in, int blockSize, boolean nested, DType dtype) {
        String name = "4-bit " + dtype + " " + out + "x" + in + " block " + blockSize + (nested ? " double" : "");
        return new Kind(name, out, in, inputs -> fourBit(inputs, out, in, blockSize, nested, dtype));
    }

    private static Weight fourBit(Inputs in, int out, int width, int blockSize, boolean nested, DType dtype) {
        long elements = (long) out * width;
        long blocks = Math.ceilDiv(elements, blockSize);
        Tensor packed = in.bytes((elements + 1) / 2);
        Tensor code = in.normal(16);
        Weight.Scales scales = nested
                ? new Weight.DoubleScales(
                        in.bytes(blocks),
                        in.positive(Math.ceilDiv(blocks, Weight.DoubleScales.NESTED_BLOCK)),
                        in.normal(256),
                        0.125f)
                : new Weight.SingleScales(in.positive(blocks));
        return new Weight.FourBit(out, width, blockSize, packed, code, scales, dtype);
    }

    private static Kind ggml(GgmlType type, int out, int in, DType dtype) {
        String name = type + " " + dtype + " " + out + "x" + in;
        return new Kind(name, out, in, inputs -> {
            Tensor blocks = inputs.bytes(blocks(type, (long) out * in / type.blockSize()));
            return new Weight.Ggml(type, out, in, blocks, dtype);
        });
    }

    /** Blocks of random codes with scales that keep values small. */
    static byte[] blocks(GgmlType type, long count) {
        byte[] bytes = new byte[Math.toIntExact(count * type.blockBytes())];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) Philox.bits(7, type.id(), i);
        }
        for (int block = 0; block < count; block++) {
            for (int at : scales(type)) {
                short scale = (short) (SCALE + Philox.below(7, 100 + at, block, 512));
                bytes[block * type.blockBytes() + at] = (byte) scale;
                bytes[block * type.blockBytes() + at + 1] = (byte) (scale >> 8);
            }
        }
        return bytes;
    }

    /** Where a block holds its F16 scales, and minima. */
    private static int[] scales(GgmlType type) {
        return switch (type) {
            case Q4_0, Q5_0, Q8_0, IQ4_NL, IQ4_XS -> new int[] {0};
            case Q4_1, Q5_1, Q4_K, Q5_K -> new int[] {0, 2};
            case Q2_K -> new int[] {80, 82};
            case Q3_K -> new int[] {108};
            case Q6_K -> new int[] {208};
            case F32, F16, BF16 -> throw new IllegalArgumentException(type + " has no blocks");
        };
    }
}
