package dev.errata.kernels.cpu;

import dev.errata.tensor.Activation;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Gated activations x · σ(z(x)) · up and their gradients over rows, given e = exp(−z), so σ = 1 / (1 + e). Only products,
 * sums and quotients, whose bits are defined.
 */
final class GatedMath {
    private static final VectorSpecies<Float> S = Lanes.SPECIES;
    private static final int W = Lanes.COUNT;
    private static final float SLOPE = Activation.GELU_SLOPE;
    private static final float CUBIC = Activation.GELU_CUBIC;

    private GatedMath() {}

    /** e = exp(−z(gate)); {@code e} has room up to the next whole vector. */
    static void exponentials(Activation activation, long gate, int count, long e, Exponentials exponentials) {
        switch (activation) {
            case SILU -> exponentials.apply(gate, -1, 0, count, e);
            case GELU_TANH -> {
                geluArguments(gate, count, e);
                exponentials.apply(e, -1, 0, count, e);
            }
        }
    }

    /** z = slope · (x + cubic · x³). */
    private static void geluArguments(long gate, int count, long z) {
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += W) {
            FloatVector x = FloatVector.fromMemorySegment(S, Memory.ALL, gate + i * 4L, Lanes.ORDER);
            x.add(x.mul(x).mul(x).mul(CUBIC)).mul(SLOPE).intoMemorySegment(Memory.ALL, z + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            float x = Memory.get(gate + i * 4L);
            Memory.set(z + i * 4L, (x + x * x * x * CUBIC) * SLOPE);
        }
    }

    /**
     * out = x · σ(z(x)) · up.
     *
     * @param room up to the next whole vector
     */
    static void gated(
            Activation activation, long gate, long up, int count, long room, Exponentials exponentials, long out) {
        long done = 4L * (activation == Activation.SILU ? exponentials.siluGated(gate, up, count, out) : 0);
        int rest = count - (int) (done / 4);
        exponentials(activation, gate + done, rest, room, exponentials);
        forward(gate + done, up + done, room, rest, out + done);
    }

    private static void forward(long gate, long up, long e, int count, long out) {
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

    /** out = x · σ(z(x)) alone. */
    static void activation(long gate, long e, int count, long out) {
        int whole = Lanes.floor(count);
        for (int i = 0; i < whole; i += W) {
            FloatVector one = FloatVector.broadcast(S, 1f);
            FloatVector sigmoid = one.div(FloatVector.fromMemorySegment(S, Memory.ALL, e + i * 4L, Lanes.ORDER)
                    .add(1f));
            FloatVector.fromMemorySegment(S, Memory.ALL, gate + i * 4L, Lanes.ORDER)
                    .mul(sigmoid)
                    .intoMemorySegment(Memory.ALL, out + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            Memory.set(out + i * 4L, Memory.get(gate + i * 4L) * (1 / (Memory.get(e + i * 4L) + 1)));
        }
    }

    /** dGate = dOut · up · σ · (1 + x · (1 − σ) · z′(x)), dUp = dOut · x · σ, where z′ = 1. */
    static void siluBackward(long gate, long up, long e, long dOut, int count, long dGate, long dUp) {
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

    /** The same with z′ = slope · (1 + 3 · cubic · x²). */
    static void geluBackward(long gate, long up, long e, long dOut, int count, long dGate, long dUp) {
        int whole = Lanes.floor(count);
        FloatVector one = FloatVector.broadcast(S, 1f);
        for (int i = 0; i < whole; i += W) {
            FloatVector s = one.div(FloatVector.fromMemorySegment(S, Memory.ALL, e + i * 4L, Lanes.ORDER)
                    .add(1f));
            FloatVector g = FloatVector.fromMemorySegment(S, Memory.ALL, gate + i * 4L, Lanes.ORDER);
            FloatVector d = FloatVector.fromMemorySegment(S, Memory.ALL, dOut + i * 4L, Lanes.ORDER);
            FloatVector u = FloatVector.fromMemorySegment(S, Memory.ALL, up + i * 4L, Lanes.ORDER);
            d.mul(g).mul(s).intoMemorySegment(Memory.ALL, dUp + i * 4L, Lanes.ORDER);
            FloatVector argument = g.mul(g).mul(3 * CUBIC).add(1f).mul(SLOPE);
            FloatVector slope = g.mul(one.sub(s)).mul(argument).add(1f);
            d.mul(u).mul(s).mul(slope).intoMemorySegment(Memory.ALL, dGate + i * 4L, Lanes.ORDER);
        }
        for (int i = whole; i < count; i++) {
            float s = 1 / (Memory.get(e + i * 4L) + 1);
            float g = Memory.get(gate + i * 4L);
            float d = Memory.get(dOut + i * 4L);
            float u = Memory.get(up + i * 4L);
            Memory.set(dUp + i * 4L, d * g * s);
            float argument = (g * g * (3 * CUBIC) + 1) * SLOPE;
            Memory.set(dGate + i * 4L, d * u * s * (g * (1 - s) * argument + 1));
        }
    }
}
