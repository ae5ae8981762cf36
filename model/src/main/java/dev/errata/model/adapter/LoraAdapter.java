package dev.errata.model.adapter;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.LinearLayer;
import dev.errata.model.decoder.LoraEmbedding;
import dev.errata.model.decoder.LoraLayer;
import dev.errata.model.decoder.LoraMagnitude;
import dev.errata.model.file.TensorEntry;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The tensors of a LoRA adapter on a backend, to be attached to a decoder; they live in the scope given. */
public final class LoraAdapter {
    private final LoraSpec config;
    private final Map<String, LoraLayer> layers;
    private final LoraEmbedding embedding;
    private final WholeTensors whole;

    LoraAdapter(LoraSpec config, Map<String, LoraLayer> layers, LoraEmbedding embedding, WholeTensors whole) {
        this.config = config;
        this.layers = layers;
        this.embedding = embedding;
        this.whole = whole;
    }

    public LoraSpec config() {
        return config;
    }

    /** The low-rank additions by module, in the order of the forward pass. */
    public Map<String, LoraLayer> layers() {
        return layers;
    }

    /** The embedding's addition, or null. */
    public LoraEmbedding embedding() {
        return embedding;
    }

    /** What stands in the place of the model's own tensors. */
    public WholeTensors whole() {
        return whole;
    }

    /**
     * The trainable tensors by PEFT's names, in the order of the forward pass, A before B; then what is trained whole. A of
     * the embedding is [V, r] here.
     */
    public Map<String, Tensor> tensors() {
        Map<String, Tensor> tensors = new LinkedHashMap<>();
        if (embedding != null) {
            String module = TensorNames.PREFIX + DecoderLayout.EMBEDDING_MODULE;
            tensors.put(module + TensorNames.EMBEDDING_A, embedding.a());
            tensors.put(module + TensorNames.EMBEDDING_B, embedding.b());
        }
        layers.forEach((module, lora) -> {
            tensors.put(AdapterFolder.tensorName(module, 'A'), lora.a());
            tensors.put(AdapterFolder.tensorName(module, 'B'), lora.b());
            if (lora.magnitude() != null) {
                tensors.put(
                        TensorNames.PREFIX + module + TensorNames.MAGNITUDE,
                        lora.magnitude().lengths());
            }
        });
        whole.trained().forEach((name, tensor) -> tensors.put(TensorNames.whole(name, isAdapted(name)), tensor));
        return tensors;
    }

    /**
     * A new adapter, which changes nothing until it is trained.
     *
     * @throws BadInputException if a target names no module of the model
     */
    public static LoraAdapter create(Decoder decoder, LoraSpec config, long seed, Scope scope) {
        AdapterAssembly.requireTargets(decoder, config);
        return new AdapterAssembly(decoder, config, new NewTensors(decoder, seed, scope), scope).assemble();
    }

    /** An adapter of the right shapes whose elements are undefined, for planning memory. */
    public static LoraAdapter shaped(Decoder decoder, LoraSpec config, Scope scope) {
        return new AdapterAssembly(decoder, config, new ShapedTensors(scope), scope).assemble();
    }

    /**
     * Reads a PEFT folder and checks that it fits the decoder: each targeted layer has its tensors in the right shape, and
     * no other tensor is there.
     */
    public static LoraAdapter read(Path folder, Decoder decoder, Scope scope) {
        LoraSpec config = AdapterFolder.readConfig(folder);
        try (Arena arena = Arena.ofShared()) {
            StoredAdapter stored = new StoredAdapter(folder, AdapterFolder.readWeights(folder, arena), scope);
            return new AdapterAssembly(decoder, config, stored, scope).assemble();
        }
    }

    /**
     * The same adapter with other tensors of the same shapes in the place of its trainable ones.
     *
     * @param trained by the names of {@link #tensors}, all of them
     */
    public LoraAdapter with(Map<String, Tensor> trained) {
        IdentityHashMap<Tensor, Tensor> moved = new IdentityHashMap<>();
        tensors().forEach((name, tensor) -> moved.put(tensor, trained.get(name)));
        Map<String, LoraLayer> others = new LinkedHashMap<>();
        layers.forEach((module, lora) -> {
            LoraMagnitude magnitude = lora.magnitude() == null
                    ? null
                    : new LoraMagnitude(
                            moved.get(lora.magnitude().lengths()),
                            lora.magnitude().norm());
            others.put(
                    module,
                    new LoraLayer(moved.get(lora.a()), moved.get(lora.b()), lora.scale(), lora.dropout(), magnitude));
        });
        LoraEmbedding ofTokens = embedding == null
                ? null
                : new LoraEmbedding(moved.get(embedding.a()), moved.get(embedding.b()), embedding.scale());
        return new LoraAdapter(config, others, ofTokens, whole.withTrained(moved));
    }

    /** Puts the adapter on the decoder's layers. */
    public void attach(Decoder decoder) {
        whole.replace(decoder);
        layers.forEach((module, lora) -> decoder.linear(module).attach(lora));
        decoder.attach(embedding);
    }

    /**
     * Puts the adapter on the decoder's layers under a name, beside others; rows ask for it.
     *
     * @param where its folder, for the message
     * @throws BadInputException if it replaces tensors of the model, which all rows share
     */
    public void attach(Decoder decoder, String name, String where) {
        if (!whole.all().isEmpty()) {
            throw new BadInputException(
                    "adapter " + name + " replaces whole tensors of the model, as "
                            + whole.all().keySet().iterator().next(),
                    where,
                    "use it alone, or merge it into its model");
        }
        layers.forEach((module, lora) -> decoder.linear(module).attach(name, lora));
        decoder.attach(name, embedding);
    }

    /** Saves the adapter as PEFT does, in F32. */
    public void save(Path folder, Decoder decoder) {
        try (Arena arena = Arena.ofShared()) {
            List<TensorEntry> entries = new ArrayList<>();
            Map<String, Tensor> saved = new LinkedHashMap<>(tensors());
            whole.kept().forEach((name, tensor) -> saved.put(TensorNames.whole(name, isAdapted(name)), tensor));
            if (whole.tiesOutput()) {
                saved.put(
                        TensorNames.PREFIX + DecoderLayout.LM_HEAD,
                        whole.trained().get(DecoderLayout.EMBEDDING));
            }
            saved.forEach((name, tensor) -> {
                MemorySegment values = arena.allocate(tensor.bytes(), 64);
                decoder.backend().download(tensor, values);
                entries.add(
                        name.endsWith(TensorNames.EMBEDDING_A)
                                ? transposed(name, tensor, values)
                                : new TensorEntry(name, DType.F32, tensor.shape(), values));
            });
            AdapterFolder.write(folder, config, layers.keySet(), entries);
        }
    }

    private static TensorEntry transposed(String name, Tensor tensor, MemorySegment values) {
        float[] turned = Transposed.of(values.toArray(ValueLayout.JAVA_FLOAT), tensor.rows(), tensor.columns());
        return new TensorEntry(
                name, DType.F32, Shape.of(tensor.columns(), tensor.rows()), MemorySegment.ofArray(turned));
    }

    private boolean isAdapted(String tensor) {
        boolean embedded = embedding != null && tensor.equals(DecoderLayout.EMBEDDING);
        return embedded || layers.containsKey(tensor.substring(0, tensor.lastIndexOf('.')));
    }

    /** The linear layers and the output layer with their whole names, as PEFT sees them. */
    static Map<String, LinearLayer> candidates(Decoder decoder) {
        Map<String, LinearLayer> candidates = new LinkedHashMap<>(decoder.linears());
        candidates.put(DecoderLayout.OUTPUT, decoder.outputLayer());
        return candidates;
    }
}
