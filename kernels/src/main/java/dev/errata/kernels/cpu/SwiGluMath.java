package dev.errata.kernels.cpu;

import dev.errata.tensor.Rounding;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** SwiGLU and its gradient over rows, given e = exp(−gate): silu(gate) = gate / (1 + e). */
final class SwiGluMath {
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int W = Lanes.COUNT;

    private SwiGluMath() {}

    static void forward(long gate, long up, long e, int count, long out) {
        int whole = Lanes.floor(count);
        FloatVector one = FloatVector.broadcast(S, 1f);
        for (int i = 0; i < whole; i += W) {
            FloatVector sigmoid = one.div(FloatVector.fromMemorySegment(S, Memory.ALL, e + i * 4L, Lanes.ORDER)
                    .add(1f));
            FloatVector.fromMemorySegment(S, Memory.ALL, gate + i * 4L, Lanes.ORDER)
                    .mul(sigmoid)
                    .mul(FloatVector.fromMemorySegment(S, Memory.ALL, up + i * 4L, Lanes.ORDER))
                    .intoMemorySegment(Memory.ALL, out + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            float sigmoid = 1 / (Memory.get(e + i * 4L) + 1);
            Memory.set(out + i * 4L, Memory.get(gate + i * 4L) * sigmoid * Memory.get(up + i * 4L));
        }
    }

    /** The same on bf16 values: silu(gate) is rounded, then its product with up. */
    static void forwardBf16(long gate, long up, long e, int count, long out) {
        int whole = Lanes.floor(count);
        FloatVector one = FloatVector.broadcast(S, 1f);
        for (int i = 0; i < whole; i += W) {
            FloatVector sigmoid = one.div(FloatVector.fromMemorySegment(S, Memory.ALL, e + i * 4L, Lanes.ORDER)
                    .add(1f));
            FloatVector silu = RoundMath.bf16(FloatVector.fromMemorySegment(S, Memory.ALL, gate + i * 4L, Lanes.ORDER)
                    .mul(sigmoid));
            RoundMath.bf16(silu.mul(FloatVector.fromMemorySegment(S, Memory.ALL, up + i * 4L, Lanes.ORDER)))
                    .intoMemorySegment(Memory.ALL, out + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            float sigmoid = 1 / (Memory.get(e + i * 4L) + 1);
            float silu = Rounding.bf16(Memory.get(gate + i * 4L) * sigmoid);
            Memory.set(out + i * 4L, Rounding.bf16(silu * Memory.get(up + i * 4L)));
        }
    }

    static void backward(long gate, long up, long e, long dOut, int count, long dGate, long dUp) {
        int whole = Lanes.floor(count);
        FloatVector one = FloatVector.broadcast(S, 1f);
        for (int i = 0; i < whole; i += W) {
            FloatVector s = one.div(FloatVector.fromMemorySegment(S, Memory.ALL, e + i * 4L, Lanes.ORDER)
                    .add(1f));
            FloatVector g = FloatVector.fromMemorySegment(S, Memory.ALL, gate + i * 4L, Lanes.ORDER);
            FloatVector d = FloatVector.fromMemorySegment(S, Memory.ALL, dOut + i * 4L, Lanes.ORDER);
            FloatVector u = FloatVector.fromMemorySegment(S, Memory.ALL, up + i * 4L, Lanes.ORDER);
            d.mul(g).mul(s).intoMemorySegment(Memory.ALL, dUp + i * 4L, Lanes.ORDER);
            FloatVector slope = g.mul(one.sub(s)).add(1f);
            d.mul(u).mul(s).mul(slope).intoMemorySegment(Memory.ALL, dGate + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            float s = 1 / (Memory.get(e + i * 4L) + 1);
            float g = Memory.get(gate + i * 4L);
            float d = Memory.get(dOut + i * 4L);
            float u = Memory.get(up + i * 4L);
            Memory.set(dUp + i * 4L, d * g * s);
            Memory.set(dGate + i * 4L, d * u * s * (g * (1 - s) + 1));
        }
    }
}
