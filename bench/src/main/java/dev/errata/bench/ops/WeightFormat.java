package dev.errata.bench.ops;

import dev.errata.quant.FourBitFormat;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Weight;
import dev.errata.tensor.check.WeightKind;
import dev.errata.tensor.ggml.GgmlType;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Collectors;

/** How a frozen weight is stored. */
public enum WeightFormat {
    F32(null),
    BF16(null),
    /** bitsandbytes' NF4 with double quantization, blocks of 64. */
    NF4(null),
    Q4_0(GgmlType.Q4_0),
    Q8_0(GgmlType.Q8_0),
    Q4_K(GgmlType.Q4_K),
    Q5_K(GgmlType.Q5_K),
    Q6_K(GgmlType.Q6_K);

    private static final int NF4_BLOCK = 64;
    /** Blocks that are drawn; a prime number of them, over and over. */
    private static final int DRAWN_BLOCKS = 4099;

    private static final Map<GgmlType, byte[]> DRAWN = new ConcurrentHashMap<>();

    private final GgmlType blocks;

    WeightFormat(GgmlType blocks) {
        this.blocks = blocks;
    }

    /**
     * By the name that results have.
     *
     * @throws BadInputException if there is no such format
     */
    static WeightFormat named(String name) {
        for (WeightFormat format : values()) {
            if (format.toString().equals(name)) {
                return format;
            }
        }
        String all = Arrays.stream(values()).map(WeightFormat::toString).collect(Collectors.joining(", "));
        throw new BadInputException("no such weight format", "--weight " + name, "use one of " + all);
    }

    /** Whether rows of so many elements can be stored so. */
    boolean fits(int in) {
        return in % (blocks != null ? blocks.blockSize() : 1) == 0;
    }

    /** Whether a model in this format is computed so. */
    boolean isComputedIn(Arithmetic rows) {
        return switch (rows) {
            case F32 -> true;
            case BF16 -> this == BF16 || this == NF4;
            case INT8 -> blocks != null;
        };
    }

    /** Bytes of a stored weight. */
    double bytes(int out, int in) {
        double elements = (double) out * in;
        return switch (this) {
            case F32 -> 4 * elements;
            case BF16 -> 2 * elements;
            case NF4 -> elements / 2 + elements / NF4_BLOCK + elements / NF4_BLOCK / 64;
            default -> elements / blocks.blockSize() * blocks.blockBytes();
        };
    }

    /** A weight [out, in] of random elements, in the form that the backend makes of it for such rows. */
    Weight prepared(Operands operands, int out, int in, Arithmetic rows) {
        Weight weight = switch (stored(operands, out, in)) {
            case Weight.FourBit w when rows == Arithmetic.BF16 -> w.widenedTo(DType.BF16);
            case Weight.Ggml w when rows == Arithmetic.INT8 -> w.withEightBitRows();
            case Weight w -> w;
        };
        return operands.backend().prepare("weight", weight, operands.scope());
    }

    private Weight stored(Operands operands, int out, int in) {
        return switch (this) {
            case F32 -> new Weight.Dense(operands.normal(DType.F32, out, in));
            case BF16 -> new Weight.Dense(operands.normal(DType.BF16, out, in));
            case NF4 -> nf4(operands, out, in);
            default -> {
                byte[] drawn = DRAWN.computeIfAbsent(blocks, type -> WeightKind.blocks(type, DRAWN_BLOCKS));
                byte[] all = repeated(drawn, (long) out * in / blocks.blockSize() * blocks.blockBytes());
                yield new Weight.Ggml(blocks, out, in, operands.bytes(all), DType.F32);
            }
        };
    }

    private static Weight nf4(Operands operands, int out, int in) {
        long elements = (long) out * in;
        long scales = Math.ceilDiv(elements, NF4_BLOCK);
        float[] map = new float[256];
        for (int i = 0; i < map.length; i++) {
            map[i] = (i - 127) / 256f;
        }
        return new Weight.FourBit(
                out,
                in,
                NF4_BLOCK,
                operands.bytes(random(1, (elements + 1) / 2)),
                operands.floats(FourBitFormat.NF4.codebook(), 16),
                new Weight.DoubleScales(
                        operands.bytes(random(2, scales)),
                        operands.positive(Math.ceilDiv(scales, Weight.DoubleScales.NESTED_BLOCK)),
                        operands.floats(map, 256),
                        1f),
                DType.F32);
    }

    private static byte[] random(long stream, long count) {
        byte[] drawn = new byte[DRAWN_BLOCKS];
        for (int i = 0; i < drawn.length; i++) {
            drawn[i] = (byte) Philox.bits(17, stream, i);
        }
        return repeated(drawn, count);
    }

    private static byte[] repeated(byte[] drawn, long count) {
        byte[] all = new byte[Math.toIntExact(count)];
        for (int at = 0; at < all.length; at += drawn.length) {
            System.arraycopy(drawn, 0, all, at, Math.min(drawn.length, all.length - at));
        }
        return all;
    }

    @Override
    public String toString() {
        return name().toLowerCase(Locale.ROOT);
    }
}
