package dev.errata.model.decoder;

import dev.errata.model.config.ModelConfig;
import dev.errata.model.family.BlockPart;
import dev.errata.model.family.BlockTensor;
import dev.errata.model.family.FamilyArithmetic;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.model.weights.FourBitSpec;
import dev.errata.model.weights.WeightSource;
import dev.errata.model.weights.WeightUse;
import dev.errata.tensor.Allocation;
import dev.errata.tensor.Backend;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.autograd.Ops;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.BiConsumer;

/** A decoder on a backend: its weights live from {@link #load} to {@link #close}. */
public final class Decoder implements AutoCloseable {
    private final ModelConfig config;
    private final Scope scope;
    private final WeightSource source;
    private final Precision precision;
    /** Norms and biases by their names in the checkpoint. */
    private final Map<String, Tensor> vectors = new LinkedHashMap<>();

    private final Map<String, LinearLayer> linears = new LinkedHashMap<>();
    private final List<DecoderBlock> blocks = new ArrayList<>();
    private final RopeTable rope;
    private Weight embedding;
    private LinearLayer outputLayer;
    private LoraEmbedding embeddingAdapter;
    private final Map<String, LoraEmbedding> namedEmbeddings = new HashMap<>();
    private final Set<String> adapters = new LinkedHashSet<>();

    /**
     * Loads all weights, to be used and not to be changed.
     *
     * @param source closed with this decoder
     * @param quantization how linear layers are quantized, or null to keep them as they are stored
     * @param precision what is computed in bf16; weights that are used in bf16 only are rounded here
     * @throws dev.errata.tensor.BadInputException if a tensor is missing, misshapen or doesn't belong
     */
    public static Decoder load(
            ModelConfig config, WeightSource source, Backend backend, FourBitSpec quantization, Precision precision) {
        return load(config, source, backend, quantization, precision, WeightUse.Kind.PRODUCTS);
    }

    /**
     * Loads all weights to be trained: those that are not stored in 4 bits are F32 tensors of their own.
     *
     * @see #load
     */
    public static Decoder loadTrainable(ModelConfig config, WeightSource source, Backend backend, Precision precision) {
        return load(config, source, backend, null, precision, WeightUse.Kind.TRAINED);
    }

    private static Decoder load(
            ModelConfig config,
            WeightSource source,
            Backend backend,
            FourBitSpec quantization,
            Precision precision,
            WeightUse.Kind kind) {
        Scope scope = new Scope("model", backend);
        try {
            return new Decoder(config, source, scope, quantization, precision, kind);
        } catch (RuntimeException e) {
            scope.close();
            throw e;
        }
    }

    private Decoder(
            ModelConfig config,
            WeightSource source,
            Scope scope,
            FourBitSpec quantization,
            Precision precision,
            WeightUse.Kind kind) {
        this.config = config;
        this.scope = scope;
        this.source = source;
        this.precision = precision;
        Map<String, Weight> ends = new LinkedHashMap<>();
        Map<String, Weight> matrices = new LinkedHashMap<>();
        DecoderLayout.tensors(config).forEach((name, dims) -> {
            if (dims.length == 1) {
                vectors.put(name, vector(name, kind, dims));
            } else if (DecoderLayout.isLinearWeight(name)) {
                matrices.put(name, weight(name, kind, quantization, dims));
            } else {
                boolean isMultiplied = name.equals(DecoderLayout.LM_HEAD) || config.tieWordEmbeddings();
                WeightUse.Kind use = kind == WeightUse.Kind.PRODUCTS && !isMultiplied ? WeightUse.Kind.ROWS : kind;
                ends.put(name, weight(name, use, null, dims));
            }
        });
        source.requireNoOthers();
        if (precision.eightBitRows()) {
            requireEightBitRows(matrices.values());
        }
        matrices.forEach((weightName, weight) -> {
            String name = module(weightName);
            boolean isFourBit = source.isFourBit(weightName, quantization);
            linears.put(name, new LinearLayer(name, weight, isFourBit, vectors.get(name + ".bias"), precision));
        });
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            blocks.add(block(layer));
        }
        this.rope = new RopeTable(scope, config, precision.activations());
        this.embedding = ends.get(DecoderLayout.EMBEDDING);
        this.outputLayer = output(config.tieWordEmbeddings() ? embedding : ends.get(DecoderLayout.LM_HEAD));
    }

    private void requireEightBitRows(Collection<Weight> weights) {
        if (!scope.backend().roundsRows()) {
            throw new BadInputException(
                    "rows of 8 bits aren't multiplied on " + scope.backend().name(),
                    "--dtype int8",
                    "use --device cpu, or --dtype f32 or bf16");
        }
        if (weights.stream().noneMatch(Weight::eightBitRows)) {
            throw new BadInputException(
                    "the model has no weights in GGML's blocks, with which rows of 8 bits are multiplied",
                    "--dtype int8",
                    "use f32 or bf16, or a quantized GGUF file");
        }
    }

    private LinearLayer output(Weight weight) {
        return new LinearLayer(DecoderLayout.OUTPUT, weight, false, null, precision.ofEnds());
    }

    private Tensor vector(String name, WeightUse.Kind kind, long[] dims) {
        return source.vector(name, kept(name, kind), scope, dims);
    }

    private Weight weight(String name, WeightUse.Kind kind, FourBitSpec quantization, long[] dims) {
        WeightUse use = new WeightUse(kind, kept(name, kind), quantization, precision.eightBitRows());
        return source.weight(name, use, scope, Math.toIntExact(dims[0]), Math.toIntExact(dims[1]));
    }

    private DType kept(String name, WeightUse.Kind kind) {
        return kind == WeightUse.Kind.TRAINED ? DType.F32 : precision.kept(name);
    }

    private static String module(String tensor) {
        return tensor.substring(0, tensor.lastIndexOf('.'));
    }

    private DecoderBlock block(int layer) {
        String at = DecoderLayout.layer(layer);
        Map<BlockPart, Tensor> norms = new EnumMap<>(BlockPart.class);
        Map<BlockPart, LinearLayer> own = new EnumMap<>(BlockPart.class);
        for (BlockTensor tensor : config.family().block()) {
            if (tensor.part().isLinear()) {
                own.put(tensor.part(), linears.get(at + tensor.name()));
            } else {
                norms.put(tensor.part(), vectors.get(at + tensor.name() + ".weight"));
            }
        }
        return new DecoderBlock(layer, config, norms, own);
    }

    public ModelConfig config() {
        return config;
    }

    /** What a cache of keys and values keeps without losing anything. */
    public DType keyValueType() {
        return precision.activations();
    }

    public Backend backend() {
        return scope.backend();
    }

    /** Bytes of all weights as they are held, those of a mapped file too. */
    public long bytes() {
        return scope.allocations().stream().mapToLong(Allocation::bytes).sum();
    }

    /** The linear layers of all blocks by name, in the order of the forward pass. */
    public Map<String, LinearLayer> linears() {
        return linears;
    }

    /** Every tensor that can be trained, F32, by its name in the checkpoint: all of them if they were loaded for it. */
    public Map<String, Tensor> tensors() {
        Map<String, Tensor> all = new LinkedHashMap<>();
        for (String name : DecoderLayout.tensors(config).keySet()) {
            if (!DecoderLayout.isLinearWeight(name)) {
                putTrainable(name, all);
            }
        }
        linears.keySet().forEach(name -> putTrainable(name + ".weight", all));
        return all;
    }

    private void putTrainable(String name, Map<String, Tensor> all) {
        if (vectors.containsKey(name)) {
            all.put(name, vectors.get(name));
        } else if (weight(name) instanceof Weight.Dense(Tensor tensor) && tensor.dtype() == DType.F32) {
            all.put(name, tensor);
        }
    }

    /** What is held under a name of the checkpoint, of the output layer too where it is tied; null where nothing is. */
    public Weight weight(String name) {
        if (name.equals(DecoderLayout.EMBEDDING)) {
            return embedding;
        }
        if (vectors.containsKey(name)) {
            return new Weight.Dense(vectors.get(name));
        }
        LinearLayer layer = name.endsWith(".weight") ? linear(module(name)) : null;
        return layer == null ? null : layer.weight();
    }

    /** The shapes of all tensors by their names in the checkpoint, in the order of the forward pass. */
    public Map<String, Shape> shapes() {
        Map<String, Shape> shapes = new LinkedHashMap<>();
        DecoderLayout.tensors(config).forEach((name, dims) -> shapes.put(name, Shape.of(dims)));
        return shapes;
    }

    /**
     * A copy as F32 of a tensor by its name in the checkpoint, of the output layer's too where it is tied.
     *
     * @param target holds it
     */
    public Tensor copy(String name, Scope target) {
        Weight weight = weight(name);
        if (vectors.containsKey(name)) {
            Tensor copy = target.f32(name, vectors.get(name).shape().toArray());
            backend().run(new Op.Copy(vectors.get(name), copy));
            return copy;
        }
        Tensor copy = target.f32(name, weight.out(), weight.in());
        backend().run(new Op.Dequantize(weight, copy));
        return copy;
    }

    /** The output layer, {@code lm_head}; its weight is the embedding's where both are tied. */
    public LinearLayer outputLayer() {
        return outputLayer;
    }

    /** A linear layer by its module's name, {@code lm_head} too; null where there is none. */
    public LinearLayer linear(String module) {
        return module.equals(DecoderLayout.OUTPUT) ? outputLayer : linears.get(module);
    }

    /** Attaches an adapter to the embedding, or takes it off with null. */
    public void attach(LoraEmbedding adapter) {
        embeddingAdapter = adapter;
    }

    /**
     * Makes an adapter known by its name, once it is on the layers under it.
     *
     * @param embedding its part on the embedding, or null
     */
    public void attach(String name, LoraEmbedding embedding) {
        adapters.add(name);
        if (embedding != null) {
            namedEmbeddings.put(name, embedding);
        }
    }

    /** The names of adapters that rows can ask for. */
    public Set<String> adapters() {
        return Collections.unmodifiableSet(adapters);
    }

    /**
     * Puts a tensor of the same shape in the place of a loaded one, by its name in the checkpoint; it must live as long as
     * this decoder is used. A tied output layer keeps the embedding as it was: {@code lm_head.weight} is put in its own
     * place. Layers replaced have no adapter.
     */
    public void replace(String name, Tensor tensor) {
        Tensor used = precision.trains() ? tensor : new Ops(scope, null).cast(tensor, kept(name, tensor));
        String module = module(name);
        if (name.equals(DecoderLayout.LM_HEAD)) {
            outputLayer = output(new Weight.Dense(used));
        } else if (name.equals(DecoderLayout.EMBEDDING)) {
            embedding = new Weight.Dense(used);
        } else if (linears.containsKey(module)) {
            linears.put(module, linears.get(module).with(used, name.endsWith(".bias")));
        }
        vectors.replace(name, used);
        blocks.replaceAll(block -> block(block.index()));
    }

    /** Never more than it has: what is kept as it is stored has no type of its own here. */
    private DType kept(String name, Tensor tensor) {
        DType kept = precision.kept(name);
        return kept == DType.F32 ? tensor.dtype() : kept;
    }

    /** Makes positions 0 to {@code count} − 1 known ahead. */
    public void requirePositions(int count) {
        rope.require(count);
    }

    /** How many positions are known ahead: the table of their angles is another once there are more. */
    public int knownPositions() {
        return rope.positions();
    }

    /**
     * How the queries and keys of packed tokens are turned.
     *
     * @param batch holds what this allocates
     * @param positions [N], from 0
     * @param lengths how many of the tokens each sequence has; they sum up to N
     * @param spans how many positions each sequence has, with those of earlier tokens and of padding: what scaling that
     *     hangs on the length goes by, as if the sequence were alone
     */
    public RopeAngles angles(Scope batch, int[] positions, int[] lengths, int[] spans) {
        return rope.angles(batch, positions, lengths, spans);
    }

    /**
     * How the last token of each sequence is turned. Nothing is uploaded unless scaling hangs on the length.
     *
     * @param positions I32, where each stands; on the backend already
     * @param spans how many positions each sequence has, one more than its last token's
     */
    public RopeAngles angles(Scope batch, Tensor positions, int[] spans) {
        return rope.angles(batch, positions, spans);
    }

    /**
     * Whether {@link #angles(Scope, Tensor, int[])} of such spans come from the table of known positions, so that nothing is uploaded.
     */
    public boolean hasCommonAngles(int[] spans) {
        return rope.areCommon(spans);
    }

    /** Hidden states after the final norm, [N, C]. */
    public Tensor forward(Ops ops, TokenBatch batch) {
        return forward(ops, batch, (layer, hidden) -> {});
    }

    /**
     * The same.
     *
     * @param seen told the embeddings as 0, then each block's output but the last, then the final norm's as L; each but the
     *     last ends soon after
     */
    public Tensor forward(Ops ops, TokenBatch batch, BiConsumer<Integer, Tensor> seen) {
        Tensor x = ops.embedding(embedding, batch.ids(), precision.activations());
        addEmbeddingAdapters(ops, batch, x);
        FamilyArithmetic family = config.family().arithmetic();
        if (family.scalesEmbedding()) {
            x = ops.scaled(x, embeddingScale());
        }
        for (DecoderBlock block : blocks) {
            seen.accept(block.index(), x);
            Tensor input = x;
            x = ops.block(x, block.index() < batch.recomputedBlocks(), (inner, in) -> block.forward(inner, in, batch));
            ops.release(input);
        }
        Tensor hidden = ops.rmsNorm(x, vectors.get(DecoderLayout.FINAL_NORM), family.normOffset(), config.rmsNormEps());
        ops.release(x);
        seen.accept(blocks.size(), hidden);
        return hidden;
    }

    private void addEmbeddingAdapters(Ops ops, TokenBatch batch, Tensor x) {
        if (batch.adapters().isNone()) {
            addTo(ops, embeddingAdapter, batch.ids(), x);
        }
        for (AdapterRuns.Run run : batch.adapters().runs()) {
            LoraEmbedding own = run.adapter() == null ? embeddingAdapter : namedEmbeddings.get(run.adapter());
            Tensor ids = batch.ids().window("ids", DType.I32, (long) run.from() * Integer.BYTES, run.count());
            addTo(ops, own, ids, x.rowRange(run.from(), run.count()));
        }
    }

    private static void addTo(Ops ops, LoraEmbedding adapter, Tensor ids, Tensor x) {
        if (adapter != null) {
            adapter.addTo(ops, ids, x);
        }
    }

    /** √C, in the type of the embeddings, as transformers has it. */
    private float embeddingScale() {
        return Rounding.to(precision.activations(), (float) Math.sqrt(config.hiddenSize()));
    }

    /** Logits F32 [N, V] of hidden states [N, C], rounded to bf16 where activations are. */
    public Tensor logits(Scope target, Tensor hidden) {
        return logits(target, hidden, AdapterRuns.NONE);
    }

    /** The same where rows go through named adapters. */
    public Tensor logits(Scope target, Tensor hidden, AdapterRuns rows) {
        Ops ops = new Ops(target, null);
        return ops.cast(capped(ops, outputLayer.apply(ops, hidden, rows, null)), DType.F32);
    }

    /**
     * Logits [N, V] in the type of the hidden states, recorded where there is a tape.
     *
     * @param dropouts in training, the masks; else null
     */
    public Tensor logits(Ops ops, Tensor hidden, Dropouts dropouts) {
        return capped(ops, outputLayer.apply(ops, hidden, AdapterRuns.NONE, dropouts));
    }

    private Tensor capped(Ops ops, Tensor logits) {
        float cap = config.softCaps().logits();
        return cap > 0 ? ops.softCap(logits, cap) : logits;
    }

    @Override
    public void close() {
        scope.close();
        source.close();
    }
}
