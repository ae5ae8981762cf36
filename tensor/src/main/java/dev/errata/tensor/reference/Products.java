package dev.errata.tensor.reference;

import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Op;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.Weight;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Matrix products, each element summed over k in increasing order in double. */
final class Products {
    private Products() {}

    static void matMul(Op.MatMul op) {
        Floats a = new Floats(op.a());
        Floats b = new Floats(op.b());
        Floats c = new Floats(op.c());
        int m = op.c().rows();
        int n = op.c().columns();
        int k = op.transposeA() ? op.a().rows() : op.a().columns();
        for (long i = 0; i < m; i++) {
            for (long j = 0; j < n; j++) {
                double sum = 0;
                for (long l = 0; l < k; l++) {
                    float left = a.get(op.transposeA() ? l * m + i : i * k + l);
                    float right = b.get(op.transposeB() ? j * k + l : l * n + j);
                    sum += (double) left * right;
                }
                c.put(i * n + j, (float) (op.alpha() * sum), op.accumulate());
            }
        }
    }

    static void fourBit(Op.MatMulBlockwise4Bit op) {
        Weight.FourBit w = op.weight();
        float[] dense = dequantize(w);
        Floats a = new Floats(op.a());
        Floats c = new Floats(op.c());
        int rows = op.a().rows();
        int n = op.transposeWeight() ? w.out() : w.in();
        int k = op.transposeWeight() ? w.in() : w.out();
        for (long i = 0; i < rows; i++) {
            for (int j = 0; j < n; j++) {
                double sum = 0;
                for (int l = 0; l < k; l++) {
                    float right = dense[op.transposeWeight() ? j * w.in() + l : l * w.in() + j];
                    sum += (double) a.get(i * k + l) * right;
                }
                c.put(i * n + j, (float) sum, op.accumulate());
            }
        }
    }

    static void dequantize(Op.DequantizeBlockwise4Bit op) {
        float[] dense = dequantize(op.weight());
        Floats out = new Floats(op.out());
        for (int i = 0; i < dense.length; i++) {
            out.set(i, dense[i]);
        }
    }

    /** The whole matrix [out, in] exactly as bitsandbytes widens it. */
    static float[] dequantize(Weight.FourBit w) {
        float[] dense = new float[Math.multiplyExact(w.out(), w.in())];
        MemorySegment packed = HostMemory.of(w.packed());
        Floats code = new Floats(w.code());
        for (int i = 0; i < dense.length; i++) {
            int pair = packed.get(ValueLayout.JAVA_BYTE, i >> 1);
            int nibble = (i & 1) == 0 ? (pair >> 4) & 15 : pair & 15;
            dense[i] = Rounding.to(w.dtype(), code.get(nibble) * absmax(w, i / w.blockSize()));
        }
        return dense;
    }

    private static float absmax(Weight.FourBit w, int block) {
        if (!w.isDoubleQuantized()) {
            return new Floats(w.absmax()).get(block);
        }
        int coded = HostMemory.of(w.absmax()).get(ValueLayout.JAVA_BYTE, block) & 0xFF;
        float scaled = new Floats(w.nestedCode()).get(coded) * new Floats(w.nestedAbsmax()).get(block / 256);
        return scaled + w.offset();
    }
}
