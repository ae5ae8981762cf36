package dev.errata.tensor.reference;

import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.ggml.GgmlBlocks;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Reads weights of all kinds row by row, each element exactly as the format says. */
final class WeightElements {
    private WeightElements() {}

    /**
     * The elements of a row [in].
     *
     * @throws IndexOutOfBoundsException if there is no such row
     */
    static float[] row(Weight weight, int row) {
        java.util.Objects.checkIndex(row, weight.out());
        return switch (weight) {
            case Weight.Dense(Tensor tensor) -> dense(tensor, row);
            case Weight.FourBit packed -> fourBit(packed, row);
            case Weight.Ggml blocks -> ggml(blocks, row);
            case Weight.Prepared prepared ->
                throw new IllegalArgumentException("a weight of another backend: " + prepared);
        };
    }

    private static float[] dense(Tensor tensor, int row) {
        Elements elements = new Elements(tensor);
        float[] values = new float[tensor.columns()];
        for (int i = 0; i < values.length; i++) {
            values[i] = elements.get((long) row * values.length + i);
        }
        return values;
    }

    private static float[] fourBit(Weight.FourBit w, int row) {
        MemorySegment packed = HostMemory.of(w.packed());
        Floats code = new Floats(w.code());
        float[] values = new float[w.in()];
        for (int i = 0; i < values.length; i++) {
            long at = (long) row * values.length + i;
            int pair = packed.get(ValueLayout.JAVA_BYTE, at >> 1);
            int nibble = (at & 1) == 0 ? (pair >> 4) & 15 : pair & 15;
            values[i] = Rounding.to(w.dtype(), code.get(nibble) * scale(w.scales(), at / w.blockSize()));
        }
        return values;
    }

    private static float scale(Weight.Scales scales, long block) {
        return switch (scales) {
            case Weight.SingleScales(Tensor absmax) -> new Floats(absmax).get(block);
            case Weight.DoubleScales nested -> {
                int code = HostMemory.of(nested.codes()).get(ValueLayout.JAVA_BYTE, block) & 0xFF;
                float absmax = new Floats(nested.absmax()).get(block / Weight.DoubleScales.NESTED_BLOCK);
                float scaled = new Floats(nested.map()).get(code) * absmax;
                yield scaled + nested.offset();
            }
        };
    }

    private static float[] ggml(Weight.Ggml w, int row) {
        float[] values = new float[w.in()];
        long blocks = w.in() / w.type().blockSize();
        GgmlBlocks.decode(w.type(), HostMemory.of(w.blocks()), row * blocks, blocks, values, 0);
        for (int i = 0; i < values.length && w.dtype() != DType.F32; i++) {
            values[i] = Rounding.to(w.dtype(), values[i]);
        }
        return values;
    }
}
