package dev.errata.tensor.check;

import dev.errata.tensor.DType;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.check.OperatorCase.Inputs;
import dev.errata.tensor.ggml.GgmlType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * A kind of weight at one size, [out, in].
 *
 * @param maker gives the same values on every backend
 */
public record WeightKind(String name, int out, int in, Function<Inputs, Weight> maker) {
    private static final short SCALE = Float.floatToFloat16(0.011f);

    public Weight make(Inputs inputs) {
        return maker.apply(inputs);
    }

    /** The same in the backend's own form. */
    public WeightKind prepared() {
        return new WeightKind(name + " prepared", out, in, inputs -> inputs.prepared(make(inputs)));
    }

    /** Elements of each type, and 4 bits with single and double scales, rounded to each type. */
    public static List<WeightKind> denseAndFourBit(int out, int in, int blockSize) {
        List<WeightKind> kinds = new ArrayList<>();
        for (DType dtype : new DType[] {DType.F32, DType.BF16, DType.F16}) {
            kinds.add(dense(out, in, dtype));
            kinds.add(fourBit(out, in, blockSize, dtype == DType.BF16, dtype));
        }
        kinds.add(fourBit(out, in, blockSize, true, DType.F32));
        return kinds;
    }

    /** Every type of blocks. Each gets a number of outputs of its own. */
    public static List<WeightKind> ggml(int out, int in) {
        List<WeightKind> kinds = new ArrayList<>();
        for (GgmlType type : GgmlType.values()) {
            if (type.blockSize() > 1) {
                boolean even = type.id() % 2 == 0;
                kinds.add(ggml(type, even ? out : out + 30, in, even ? DType.F32 : DType.BF16));
                kinds.add(ggml(type, out, fewInputs(type), even ? DType.BF16 : DType.F32));
            }
        }
        return kinds;
    }

    /** Every type of blocks, to be multiplied with rows of 8 bits. */
    static List<WeightKind> eightBitRows(int out, int in) {
        List<WeightKind> kinds = new ArrayList<>();
        for (GgmlType type : GgmlType.values()) {
            if (type.blockSize() > 1) {
                kinds.add(eightBitRows(ggml(type, type.id() % 2 == 0 ? out : out + 30, in, DType.F32)));
                kinds.add(eightBitRows(ggml(type, out, fewInputs(type), DType.F32)));
            }
        }
        return kinds;
    }

    private static WeightKind eightBitRows(WeightKind kind) {
        return new WeightKind(
                kind.name + " for rows of 8 bits",
                kind.out,
                kind.in,
                inputs -> ((Weight.Ggml) kind.make(inputs)).withEightBitRows());
    }

    private static int fewInputs(GgmlType type) {
        return type.blockSize() == 32 ? 96 : 256;
    }

    private static WeightKind dense(int out, int in, DType dtype) {
        return new WeightKind(
                dtype + " " + out + "x" + in, out, in, inputs -> new Weight.Dense(inputs.normal(dtype, out, in)));
    }

    private static WeightKind fourBit(int out, int in, int blockSize, boolean nested, DType dtype) {
        String name = "4-bit " + dtype + " " + out + "x" + in + " block " + blockSize + (nested ? " double" : "");
        return new WeightKind(name, out, in, inputs -> fourBit(inputs, out, in, blockSize, nested, dtype));
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

    private static WeightKind ggml(GgmlType type, int out, int in, DType dtype) {
        String name = type + " " + dtype + " " + out + "x" + in;
        return new WeightKind(name, out, in, inputs -> {
            Tensor blocks = inputs.bytes(blocks(type, (long) out * in / type.blockSize()));
            return new Weight.Ggml(type, out, in, blocks, dtype);
        });
    }

    /** Blocks of random codes with scales that keep values small. */
    public static byte[] blocks(GgmlType type, long count) {
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
