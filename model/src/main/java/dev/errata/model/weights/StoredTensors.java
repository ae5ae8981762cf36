package dev.errata.model.weights;

import dev.errata.quant.Absmax;
import dev.errata.quant.DoubleQuantization;
import dev.errata.quant.QuantizedTensor;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * A checkpoint's tensors: F32 ones and those stored in 4 bits are used where the file is mapped, others are widened one at
 * a time, and linear layers are quantized as they are read, so that no more than one of them is ever held unquantized.
 */
final class StoredTensors implements WeightSource {
    private final String where;
    private final Map<String, StoredTensor> stored;
    private final Set<String> ignored;
    private final Arena arena;
    /** Whether some layers are stored in 4 bits: then the others were left out on purpose and stay as they are. */
    private final boolean fourBitCheckpoint;

    private final Set<String> used = new HashSet<>();

    /**
     * @param where the file or folder, for errors
     * @param ignored names that may be there without being asked for
     * @param arena holds the mapping; closed with this
     */
    StoredTensors(String where, Map<String, StoredTensor> stored, Set<String> ignored, Arena arena) {
        this.where = where;
        this.stored = stored;
        this.ignored = ignored;
        this.arena = arena;
        this.fourBitCheckpoint = stored.values().stream().anyMatch(tensor -> tensor.fourBit() != null);
    }

    @Override
    public Tensor dense(String name, Scope scope, long... dims) {
        StoredTensor tensor = find(name, dims);
        MemorySegment values = tensor.inPlace();
        if (values == null) {
            values = decoded(tensor, arena);
        }
        return scope.over(name, DType.F32, values, dims);
    }

    /** BF16 tensors are used as they are widened; of others a rounded copy is made. */
    @Override
    public Tensor rounded(String name, Scope scope, long... dims) {
        StoredTensor tensor = find(name, dims);
        if (tensor.dtype() == DType.BF16) {
            return dense(name, scope, dims);
        }
        Tensor rounded = scope.f32(name, dims);
        Tensor narrow = scope.allocate(name, DType.BF16, dims);
        try (Arena scratch = Arena.ofShared();
                Scope loading = new Scope("loading", scope.backend())) {
            MemorySegment values = tensor.inPlace() == null ? decoded(tensor, scratch) : tensor.inPlace();
            scope.backend().run(new Op.Copy(loading.over(name, DType.F32, values, dims), narrow));
            scope.backend().run(new Op.Copy(narrow, rounded));
        }
        return rounded;
    }

    @Override
    public Weight.FourBit fourBit(String name, FourBitSpec spec, Scope scope, int out, int in) {
        StoredTensor tensor = find(name, new long[] {out, in});
        QuantizedTensor stored = tensor.fourBit();
        if (stored != null) {
            requireSame(spec, stored);
            return weight(stored, scope, out, in);
        }
        return spec == null || fourBitCheckpoint
                ? null
                : weight(tensor.quantize(name, spec, arena, where), scope, out, in);
    }

    private void requireSame(FourBitSpec wanted, QuantizedTensor stored) {
        FourBitSpec is = FourBitSpec.of(stored);
        if (wanted != null && !wanted.equals(is)) {
            throw new BadInputException(
                    "tensor " + stored.name() + " is stored as " + is + ", not as " + wanted,
                    where,
                    "leave quantization out or name what is stored");
        }
        if (stored.absmax() instanceof Absmax.Nested nested
                && nested.nestedBlockSize() != DoubleQuantization.NESTED_BLOCK_SIZE) {
            throw new BadInputException(
                    "tensor " + stored.name() + " has nested blocks of " + nested.nestedBlockSize(),
                    where,
                    "only " + DoubleQuantization.NESTED_BLOCK_SIZE + " is read, which is what bitsandbytes writes");
        }
    }

    private static Weight.FourBit weight(QuantizedTensor quantized, Scope scope, int out, int in) {
        String name = quantized.name();
        Tensor packed = scope.over(
                name, DType.U8, quantized.packed(), quantized.packed().byteSize());
        Tensor code = scope.floats(name + ".code", quantized.format().codebook(), 16);
        return switch (quantized.absmax()) {
            case Absmax.Plain(MemorySegment scales) ->
                new Weight.FourBit(
                        out,
                        in,
                        quantized.blockSize(),
                        packed,
                        code,
                        scope.over(name + ".absmax", DType.F32, scales, scales.byteSize() / Float.BYTES),
                        null,
                        null,
                        0,
                        quantized.dtype());
            case Absmax.Nested nested -> {
                MemorySegment scales = nested.nestedAbsmax();
                yield new Weight.FourBit(
                        out,
                        in,
                        quantized.blockSize(),
                        packed,
                        code,
                        scope.over(
                                name + ".absmax",
                                DType.U8,
                                nested.codes(),
                                nested.codes().byteSize()),
                        scope.over(name + ".nested_absmax", DType.F32, scales, scales.byteSize() / Float.BYTES),
                        scope.floats(
                                name + ".nested_code",
                                nested.map().values(),
                                nested.map().size()),
                        nested.offset(),
                        quantized.dtype());
            }
        };
    }

    @Override
    public StoredTensor stored(String name, long... dims) {
        return find(name, dims);
    }

    @Override
    public void requireNoOthers() {
        for (String name : stored.keySet()) {
            if (!used.contains(name) && !ignored.contains(name) && !CheckpointFault.isHarmless(name)) {
                throw CheckpointFault.unknown(name, where);
            }
        }
    }

    @Override
    public void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    private StoredTensor find(String name, long[] dims) {
        StoredTensor tensor = stored.get(name);
        if (tensor == null) {
            throw CheckpointFault.missing(name, where);
        }
        if (!tensor.shape().equals(Shape.of(dims))) {
            throw CheckpointFault.misshapen(name, tensor.shape(), dims, where);
        }
        used.add(name);
        return tensor;
    }

    private static MemorySegment decoded(StoredTensor tensor, Arena arena) {
        MemorySegment values = arena.allocate(tensor.shape().elements() * Float.BYTES, 64);
        tensor.decodeInto(values);
        return values;
    }
}
