package dev.errata.bench.gpu;

import dev.errata.model.weights.FourBitSpec;
import dev.errata.model.weights.FourBitWeights;
import dev.errata.model.weights.WeightSource;
import dev.errata.model.weights.WeightUse;
import dev.errata.quant.DynamicMap;
import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.lang.foreign.MemorySegment;

/**
 * Random weights of any model's shapes, made on the device: two megabytes of random numbers are uploaded, and the device
 * repeats them, from another place on in each tensor. 4-bit matrices are random codes and scales, never quantized from
 * anything; elements have about the spread of a trained model's, so that activations stay finite. Norms are 1. Every backend
 * gets the same.
 */
public final class SyntheticWeights implements WeightSource {
    private static final int DRAWN_BYTES = 1 << 20;
    private static final int SEED = 43;
    private static final float SPREAD = 0.02f;
    /** Of a 4-bit block whose codes are drawn evenly, so that its elements have that spread. */
    private static final float SCALE = 0.035f;

    private static final float SCALE_SPREAD = 0.005f;
    /** Odd in steps of 256 bytes, so that neighbours in memory don't begin with the same numbers. */
    private static final long STRIDE = 7919L * 256;

    private final Scope drawn;
    private final Tensor bytes;
    private final Tensor normals;
    private long tensors;

    public SyntheticWeights(Backend backend) {
        drawn = new Scope("drawn", backend);
        bytes = drawn.allocate("bytes", DType.U8, DRAWN_BYTES);
        byte[] random = new byte[DRAWN_BYTES];
        for (int i = 0; i < random.length; i++) {
            random[i] = (byte) Philox.bits(SEED, 0, i);
        }
        backend.upload(MemorySegment.ofArray(random), bytes);
        normals = drawn.allocate("normals", DType.BF16, DRAWN_BYTES / Short.BYTES);
        short[] normal = new short[DRAWN_BYTES / Short.BYTES];
        for (int i = 0; i < normal.length; i++) {
            normal[i] = Rounding.bf16Bits(SPREAD * (float) Philox.normal(SEED, 1, i));
        }
        backend.upload(MemorySegment.ofArray(normal), normals);
    }

    @Override
    public Tensor vector(String name, DType type, Scope scope, long... dims) {
        Tensor ones = scope.allocate(name, type, dims);
        scope.backend().run(new Op.Fill(ones, 1));
        return ones;
    }

    @Override
    public boolean isFourBit(String name, FourBitSpec quantization) {
        return quantization != null;
    }

    @Override
    public Weight weight(String name, WeightUse use, Scope scope, int out, int in) {
        Backend backend = scope.backend();
        try (Scope staging = new Scope("loading", backend)) {
            Weight made = made(name, use, staging, out, in);
            Weight ready = use.kind() == WeightUse.Kind.ROWS ? made : backend.prepare(name, made, scope);
            if (ready.equals(made)) {
                made.tensors().forEach(each -> staging.move(each, scope));
            }
            return ready;
        }
    }

    private Weight made(String name, WeightUse use, Scope scope, int out, int in) {
        if (use.quantization() == null) {
            Tensor matrix = scope.allocate(name, DType.BF16, out, in);
            fill(matrix, normals);
            return new Weight.Dense(matrix);
        }
        FourBitSpec spec = use.quantization();
        Weight.FourBit weight = FourBitWeights.shaped(name, spec, scope, out, in);
        fill(weight.packed(), bytes);
        upload(spec.format().codebook(), weight.code());
        return new Weight.FourBit(
                out, in, spec.blockSize(), weight.packed(), weight.code(), filled(weight.scales()), use.rounding());
    }

    private Weight.Scales filled(Weight.Scales scales) {
        return switch (scales) {
            case Weight.SingleScales(Tensor absmax) -> {
                absmax.scope().backend().run(new Op.Fill(absmax, SCALE));
                yield scales;
            }
            case Weight.DoubleScales nested -> {
                fill(nested.codes(), bytes);
                nested.absmax().scope().backend().run(new Op.Fill(nested.absmax(), SCALE_SPREAD));
                upload(DynamicMap.SIGNED.codes().values(), nested.map());
                yield new Weight.DoubleScales(nested.codes(), nested.absmax(), nested.map(), SCALE);
            }
        };
    }

    private static void upload(float[] values, Tensor to) {
        to.scope().backend().upload(MemorySegment.ofArray(values), to);
    }

    /** What was drawn, repeated: each copy doubles what is there. */
    private void fill(Tensor tensor, Tensor from) {
        long bytesInAll = tensor.bytes();
        long begin = tensors++ * STRIDE % (DRAWN_BYTES / 2);
        long have = Math.min(bytesInAll, DRAWN_BYTES - begin);
        copy(from, begin, tensor, 0, have);
        while (have < bytesInAll) {
            long more = Math.min(have, bytesInAll - have);
            copy(tensor, 0, tensor, have, more);
            have += more;
        }
    }

    private static void copy(Tensor from, long fromByte, Tensor to, long toByte, long count) {
        to.scope()
                .backend()
                .run(new Op.Copy(
                        from.window(from.name(), DType.U8, fromByte, count),
                        to.window(to.name(), DType.U8, toByte, count)));
    }

    /** All tensors were made: what they were made from goes. */
    @Override
    public void requireNoOthers() {
        drawn.close();
    }

    @Override
    public void close() {
        drawn.close();
    }
}
