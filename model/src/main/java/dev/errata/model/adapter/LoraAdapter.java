package dev.errata.model.adapter;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.LinearLayer;
import dev.errata.model.file.TensorEntry;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The matrices of a LoRA adapter on a backend, to be attached to a decoder's linear layers; they live in the scope given. */
public final class LoraAdapter {
    private final LoraConfig config;
    private final Map<String, LinearLayer.LoraPair> pairs;

    private LoraAdapter(LoraConfig config, Map<String, LinearLayer.LoraPair> pairs) {
        this.config = config;
        this.pairs = pairs;
    }

    public LoraConfig config() {
        return config;
    }

    /** The trainable tensors by PEFT's names, in the order of the forward pass, A before B. */
    public Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        pairs.forEach((module, pair) -> {
            tensors.put(AdapterFolder.tensorName(module, 'A'), pair.a());
            tensors.put(AdapterFolder.tensorName(module, 'B'), pair.b());
        });
        return tensors;
    }

    /**
     * A new adapter: A uniform within ±1/√in, as PEFT's Kaiming initialization with a = √5 gives it, B zero.
     *
     * @throws BadInputException if no module of the model is targeted
     */
    public static LoraAdapter create(Decoder decoder, LoraConfig config, long seed, Scope scope, String where) {
        Map<String, LinearLayer.LoraPair> pairs = new LinkedHashMap<>();
        targeted(decoder, config, where).forEach((module, layer) -> {
            Weight weight = layer.weight();
            int rank = config.rank(module);
            float[] values = new float[Math.multiplyExact(rank, weight.in())];
            double bound = 1 / Math.sqrt(weight.in());
            long stream = Philox.stream("lora_A", module);
            for (int i = 0; i < values.length; i++) {
                values[i] = (float) ((2 * Philox.uniformDouble(seed, stream, i) - 1) * bound);
            }
            Tensor a = scope.floats(module + ".lora_A", values, rank, weight.in());
            Tensor b = scope.zeros(module + ".lora_B", weight.out(), rank);
            pairs.put(module, pair(config, module, a, b));
        });
        return new LoraAdapter(config, pairs);
    }

    /** An adapter of the right shapes whose elements are undefined, for planning memory. */
    public static LoraAdapter shaped(Decoder decoder, LoraConfig config, Scope scope, String where) {
        Map<String, LinearLayer.LoraPair> pairs = new LinkedHashMap<>();
        targeted(decoder, config, where).forEach((module, layer) -> {
            Weight weight = layer.weight();
            Tensor a = scope.f32(module + ".lora_A", config.rank(module), weight.in());
            Tensor b = scope.f32(module + ".lora_B", weight.out(), config.rank(module));
            pairs.put(module, pair(config, module, a, b));
        });
        return new LoraAdapter(config, pairs);
    }

    /**
     * Reads a PEFT folder and checks that it fits the decoder: each targeted layer has both matrices in the right shape,
     * and no other tensor is there.
     */
    public static LoraAdapter read(Path folder, Decoder decoder, Scope scope) {
        LoraConfig config = AdapterFolder.readConfig(folder);
        try (Arena arena = Arena.ofShared()) {
            Map<String, TensorEntry> entries = new LinkedHashMap<>(AdapterFolder.readWeights(folder, arena));
            Map<String, LinearLayer.LoraPair> pairs = new LinkedHashMap<>();
            targeted(decoder, config, folder.toString()).forEach((module, layer) -> {
                Weight weight = layer.weight();
                int rank = config.rank(module);
                Tensor a = tensor(entries, AdapterFolder.tensorName(module, 'A'), folder, scope, rank, weight.in());
                Tensor b = tensor(entries, AdapterFolder.tensorName(module, 'B'), folder, scope, weight.out(), rank);
                pairs.put(module, pair(config, module, a, b));
            });
            if (!entries.isEmpty()) {
                throw new BadInputException(
                        "tensor " + entries.keySet().iterator().next() + " does not belong to the adapter's config",
                        folder.toString(),
                        "use the adapter with the model it was made for");
            }
            return new LoraAdapter(config, pairs);
        }
    }

    private static LinearLayer.LoraPair pair(LoraConfig config, String module, Tensor a, Tensor b) {
        return new LinearLayer.LoraPair(a, b, config.scale(module), (float) config.loraDropout());
    }

    private static Map<String, LinearLayer> targeted(Decoder decoder, LoraConfig config, String where) {
        Map<String, LinearLayer> layers = new LinkedHashMap<>();
        decoder.linears().forEach((module, layer) -> {
            if (config.targets(module)) {
                layers.put(module, layer);
            }
        });
        for (String target : config.targetModules()) {
            LoraConfig alone = new LoraConfig(null, 1, 1, 0, List.of(target), false, Map.of(), Map.of());
            if (decoder.linears().keySet().stream().noneMatch(alone::targets)) {
                throw new BadInputException(
                        "target module " + target + " is no linear layer of the model's blocks",
                        where,
                        "name layers such as q_proj, or all-linear");
            }
        }
        if (layers.isEmpty()) {
            throw new BadInputException("no target modules", where, "name layers such as q_proj, or all-linear");
        }
        return layers;
    }

    private static Tensor tensor(
            Map<String, TensorEntry> entries, String name, Path folder, Scope scope, long rows, long columns) {
        TensorEntry entry = entries.remove(name);
        if (entry == null) {
            throw new BadInputException(
                    "tensor " + name + " is missing",
                    folder.toString(),
                    "use the adapter with the model it was made for");
        }
        if (!entry.shape().equals(Shape.of(rows, columns)) || !entry.dtype().isFloat()) {
            throw new BadInputException(
                    "tensor " + name + " is " + entry.dtype() + " " + entry.shape() + ", the model needs [" + rows
                            + ", " + columns + "]",
                    folder.toString(),
                    "use the adapter with the model it was made for");
        }
        return scope.floats(name, entry.toFloats(), rows, columns);
    }

    /** Puts the adapter on the decoder's layers. */
    public void attach(Decoder decoder) {
        pairs.forEach((module, pair) -> decoder.linears().get(module).attach(pair));
    }

    /** Saves the adapter as PEFT does, in F32. */
    public void save(Path folder, Decoder decoder) {
        try (Arena arena = Arena.ofShared()) {
            List<TensorEntry> entries = new ArrayList<>();
            tensors().forEach((name, tensor) -> {
                MemorySegment values = arena.allocate(tensor.bytes(), 64);
                decoder.backend().download(tensor, values);
                entries.add(new TensorEntry(name, DType.F32, tensor.shape(), values));
            });
            AdapterFolder.write(folder, config, List.copyOf(pairs.keySet()), entries);
        }
    }
}
