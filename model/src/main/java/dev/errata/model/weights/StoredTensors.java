package dev.errata.model.weights;

import dev.errata.model.config.ModelConfig;
import dev.errata.model.file.CheckpointFolder;
import dev.errata.model.file.FourBitTensors;
import dev.errata.model.file.GgufFile;
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
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A checkpoint's tensors. A matrix is read, given to the backend in its stored type, and its pages given back, one after
 * another; where the backend uses it as it is, it stays where the file is mapped. Linear layers are quantized as they are
 * read, so that no more than one of them is ever held unquantized.
 */
final class StoredTensors implements WeightSource {
    private final String where;
    private final Map<String, StoredTensor> stored;
    private final Set<String> ignored;
    private final Arena arena;
    /** Whether some layers are stored in 4 bits: then the others were left out on purpose and stay as they are. */
    private final boolean fourBitCheckpoint;

    /** What was quantized here and is used as it is. */
    private final List<Arena> quantized = new ArrayList<>();

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

    /** The tensors of a folder by name. */
    static Map<String, StoredTensor> ofFolder(CheckpointFolder checkpoint) {
        FourBitTensors.Found found = FourBitTensors.find(checkpoint.entries(), checkpoint.where());
        Map<String, StoredTensor> stored = new LinkedHashMap<>();
        found.plain().forEach((name, entry) -> stored.put(name, new FileTensor(entry)));
        found.quantized().forEach((name, tensor) -> stored.put(name, new FourBitTensor(tensor)));
        return stored;
    }

    /** The tensors of a GGUF file by Hugging Face's names. */
    static Map<String, StoredTensor> ofGguf(GgufFile gguf, ModelConfig config) {
        Map<String, StoredTensor> stored = new LinkedHashMap<>();
        float offset = config.family().arithmetic().normOffset();
        gguf.tensors().forEach((ggufName, tensor) -> {
            String name = GgufNames.toHuggingFace(config.family(), ggufName);
            StoredTensor whole = new GgufStoredTensor(tensor, PairedRows.heads(config, name));
            boolean isLess = offset != 0 && DecoderLayout.isNorm(name);
            stored.put(name, isLess ? new ShiftedTensor(whole, -offset) : whole);
        });
        return stored;
    }

    @Override
    public Tensor vector(String name, DType type, Scope scope, long... dims) {
        StoredTensor tensor = find(name, dims);
        if (type == DType.F32) {
            Tensor values = scope.f32(name, dims);
            upload(tensor, values);
            return values;
        }
        Tensor rounded = scope.allocate(name, type, dims);
        try (Scope loading = new Scope("loading", scope.backend())) {
            Tensor values = loading.f32(name, dims);
            upload(tensor, values);
            loading.backend().run(new Op.Copy(values, rounded));
        }
        return rounded;
    }

    private static void upload(StoredTensor tensor, Tensor to) {
        try (Arena scratch = Arena.ofShared()) {
            MemorySegment values = tensor.inPlace();
            if (values == null) {
                values = scratch.allocate(to.bytes(), 64);
                tensor.decodeInto(values);
            }
            to.scope().backend().upload(values, to);
        }
    }

    @Override
    public boolean isFourBit(String name, FourBitSpec quantization) {
        StoredTensor tensor = stored.get(name);
        boolean isStoredSo = tensor != null && tensor.fourBit() != null;
        return isStoredSo || (quantization != null && !fourBitCheckpoint);
    }

    @Override
    public Weight weight(String name, WeightUse use, Scope scope, int out, int in) {
        StoredTensor tensor = find(name, new long[] {out, in});
        boolean fourBit = isFourBit(name, use.quantization());
        if (use.kind() == WeightUse.Kind.TRAINED && !fourBit) {
            return trained(tensor, name, scope);
        }
        Arena host = fourBit && tensor.fourBit() == null ? Arena.ofShared() : null;
        try (Scope staging = new Scope("loading", scope.backend())) {
            Weight loaded = rounded(
                    fourBit ? fourBit(tensor, name, use.quantization(), host, staging) : tensor.weight(name, staging),
                    name,
                    use.rounding(),
                    staging);
            if (use.eightBitRows() && loaded instanceof Weight.Ggml blocks) {
                loaded = blocks.withEightBitRows();
            }
            Weight ready =
                    use.kind() == WeightUse.Kind.ROWS ? loaded : scope.backend().prepare(name, loaded, scope);
            boolean isKept = ready.equals(loaded);
            if (isKept) {
                loaded.tensors().forEach(each -> staging.move(each, scope));
                if (host != null) {
                    quantized.add(host);
                    host = null;
                }
            }
            if (!isKept || use.rounding() != DType.F32) {
                tensor.release();
            }
            return ready;
        } finally {
            if (host != null) {
                host.close();
            }
        }
    }

    private static Weight trained(StoredTensor tensor, String name, Scope scope) {
        Tensor values = scope.f32(name, tensor.shape().toArray());
        try (Scope staging = new Scope("loading", scope.backend())) {
            scope.backend().run(new Op.Dequantize(tensor.weight(name, staging), values));
        }
        tensor.release();
        return new Weight.Dense(values);
    }

    private Weight fourBit(StoredTensor tensor, String name, FourBitSpec spec, Arena host, Scope scope) {
        if (host != null) {
            return FourBitWeights.of(tensor.quantize(name, spec, host, where), scope);
        }
        requireSame(spec, tensor.fourBit());
        return tensor.weight(name, scope);
    }

    /** Quantized elements are rounded as they are widened, others here. */
    private static Weight rounded(Weight weight, String name, DType type, Scope scope) {
        if (type == DType.F32) {
            return weight;
        }
        return switch (weight) {
            case Weight.FourBit packed -> packed.widenedTo(type);
            case Weight.Ggml blocks -> blocks.widenedTo(type);
            case Weight.Dense(Tensor tensor) when tensor.dtype() == type -> weight;
            case Weight.Dense dense -> {
                Tensor narrow = scope.allocate(name, type, weight.out(), weight.in());
                scope.backend().run(new Op.Dequantize(dense, narrow));
                yield new Weight.Dense(narrow);
            }
            case Weight.Prepared prepared -> throw new IllegalStateException(name + " was prepared before");
        };
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
        quantized.forEach(Arena::close);
        quantized.clear();
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
}
