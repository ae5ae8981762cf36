package dev.errata.model.decoder;

import dev.errata.model.config.ModelConfig;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.model.weights.FourBitSpec;
import dev.errata.model.weights.WeightSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.autograd.Ops;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BiConsumer;

/** A LLaMA-style decoder on a backend: its weights live from {@link #load} to {@link #close}. */
public final class Decoder implements AutoCloseable {
    private final ModelConfig config;
    private final Scope scope;
    private final WeightSource source;
    private final Precision precision;
    private final Map<String, Tensor> dense = new LinkedHashMap<>();
    private final Map<String, LinearLayer> linears = new LinkedHashMap<>();
    private final List<DecoderBlock> blocks = new ArrayList<>();
    private final RopeTable rope;
    private LinearLayer outputLayer;
    private LoraEmbedding embeddingAdapter;

    /**
     * Loads all weights.
     *
     * @param source closed with this decoder
     * @param quantization how linear layers are quantized, or null to keep them as they are stored
     * @param precision what is computed in bf16; weights that are used in bf16 only are rounded here
     * @throws dev.errata.tensor.BadInputException if a tensor is missing, misshapen or doesn't belong
     */
    public static Decoder load(
            ModelConfig config, WeightSource source, Backend backend, FourBitSpec quantization, Precision precision) {
        Scope scope = new Scope("model", backend);
        try {
            return new Decoder(config, source, scope, quantization, precision);
        } catch (RuntimeException e) {
            scope.close();
            throw e;
        }
    }

    private Decoder(
            ModelConfig config, WeightSource source, Scope scope, FourBitSpec quantization, Precision precision) {
        this.config = config;
        this.scope = scope;
        this.source = source;
        this.precision = precision;
        Map<String, long[]> layout = DecoderLayout.tensors(config);
        layout.forEach((name, dims) -> {
            if (!DecoderLayout.isLinearWeight(name)) {
                dense.put(name, dense(name, dims));
                return;
            }
            Weight.FourBit weight = source.fourBit(name, quantization, scope, (int) dims[0], (int) dims[1]);
            if (weight == null) {
                add(name, new Weight.Dense(dense(name, dims)));
            } else {
                add(name, precision.roundsLinears() ? weight.widenedTo(DType.BF16) : weight);
            }
        });
        source.requireNoOthers();
        for (String name : List.copyOf(linears.keySet())) {
            LinearLayer layer = linears.get(name);
            linears.put(name, new LinearLayer(name, layer.weight(), dense.get(name + ".bias"), precision));
        }
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            blocks.add(block(layer));
        }
        this.rope = new RopeTable(scope, config, precision.roundsAll());
        Tensor head = dense.get(config.tieWordEmbeddings() ? DecoderLayout.EMBEDDING : DecoderLayout.LM_HEAD);
        this.outputLayer = new LinearLayer(DecoderLayout.OUTPUT, new Weight.Dense(head), null, outputPrecision());
    }

    /** Only with every operator in bf16 is the output layer so too. */
    private Precision outputPrecision() {
        return precision.roundsAll() ? precision : Precision.F32;
    }

    private Tensor dense(String name, long[] dims) {
        return precision.keepsRounded(name) ? source.rounded(name, scope, dims) : source.dense(name, scope, dims);
    }

    private void add(String weightName, Weight weight) {
        String name = weightName.substring(0, weightName.length() - ".weight".length());
        linears.put(name, new LinearLayer(name, weight, null, precision));
    }

    private DecoderBlock block(int layer) {
        String at = DecoderLayout.layer(layer);
        return new DecoderBlock(
                layer,
                dense.get(at + "input_layernorm.weight"),
                linears.get(at + "self_attn.q_proj"),
                linears.get(at + "self_attn.k_proj"),
                linears.get(at + "self_attn.v_proj"),
                linears.get(at + "self_attn.o_proj"),
                dense.get(at + "self_attn.q_norm.weight"),
                dense.get(at + "self_attn.k_norm.weight"),
                dense.get(at + "post_attention_layernorm.weight"),
                linears.get(at + "mlp.gate_proj"),
                linears.get(at + "mlp.up_proj"),
                linears.get(at + "mlp.down_proj"));
    }

    public ModelConfig config() {
        return config;
    }

    /** What a cache of keys and values keeps without losing anything: BF16 where they are rounded to it, else F32. */
    public DType keyValueType() {
        return precision.roundsAll() ? DType.BF16 : DType.F32;
    }

    public Backend backend() {
        return scope.backend();
    }

    /** The linear layers of all blocks by name, in the order of the forward pass. */
    public Map<String, LinearLayer> linears() {
        return linears;
    }

    /** Every tensor that isn't quantized, by its name in the checkpoint. */
    public Map<String, Tensor> tensors() {
        Map<String, Tensor> all = new LinkedHashMap<>(dense);
        linears.forEach((name, linear) -> {
            if (linear.weight() instanceof Weight.Dense(Tensor tensor)) {
                all.put(name + ".weight", tensor);
            }
        });
        return all;
    }

    /** The output layer, {@code lm_head}; its weight is the embedding's where both are tied. */
    public LinearLayer outputLayer() {
        return outputLayer;
    }

    /** The output layer's weight [V, C]: the embedding where both are tied. */
    public Tensor lmHead() {
        return ((Weight.Dense) outputLayer.weight()).tensor();
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
     * Puts a tensor of the same shape in the place of a loaded one, by its name in the checkpoint; it must live as long as
     * this decoder is used. A tied output layer keeps the embedding as it was: {@code lm_head.weight} is put in its own
     * place. Layers replaced have no adapter.
     */
    public void replace(String name, Tensor tensor) {
        Tensor used = precision.roundsAll() ? new Ops(scope, null).rounded(tensor) : tensor;
        String module = name.substring(0, name.lastIndexOf('.'));
        if (name.equals(DecoderLayout.LM_HEAD)) {
            outputLayer = new LinearLayer(module, new Weight.Dense(used), null, outputPrecision());
        } else if (linears.containsKey(module)) {
            LinearLayer old = linears.get(module);
            boolean isBias = name.endsWith(".bias");
            Weight weight = isBias ? old.weight() : new Weight.Dense(used);
            linears.put(module, new LinearLayer(module, weight, isBias ? used : old.bias(), precision.ofTrained()));
        }
        dense.replace(name, used);
        blocks.replaceAll(block -> block(block.index()));
    }

    /** Makes positions 0 to {@code count} − 1 known ahead. */
    public void requirePositions(int count) {
        rope.require(count);
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
        Tensor x = ops.embedding(new Weight.Dense(dense.get(DecoderLayout.EMBEDDING)), batch.ids());
        if (embeddingAdapter != null) {
            embeddingAdapter.addTo(ops, batch.ids(), x);
            if (precision.roundsAll()) {
                x = ops.rounded(x);
            }
        }
        for (DecoderBlock block : blocks) {
            seen.accept(block.index(), x);
            Tensor input = x;
            x = ops.block(x, batch.recompute(), (inner, in) -> block.forward(arithmetic(inner), in, batch, config));
            ops.release(input);
        }
        Tensor hidden = arithmetic(ops).rmsNorm(x, dense.get(DecoderLayout.FINAL_NORM), config.rmsNormEps());
        ops.release(x);
        seen.accept(blocks.size(), hidden);
        return hidden;
    }

    private Ops arithmetic(Ops ops) {
        return precision.roundsAll() ? ops.bf16() : ops;
    }

    /** Logits [N, V] of hidden states [N, C]. */
    public Tensor logits(Scope target, Tensor hidden) {
        if (outputLayer.lora() != null) {
            return logits(new Ops(target, null), hidden, null);
        }
        Tensor logits = target.f32("logits", hidden.rows(), config.vocabSize());
        target.backend().run(new Op.Linear(hidden, outputLayer.weight(), logits, false));
        return precision.roundsAll() ? new Ops(target, null).rounded(logits) : logits;
    }

    /**
     * The same with the adapter of the output layer, recorded where there is a tape.
     *
     * @param dropouts in training, the masks; else null
     */
    public Tensor logits(Ops ops, Tensor hidden, Dropouts dropouts) {
        return outputLayer.apply(ops, hidden, dropouts);
    }

    @Override
    public void close() {
        scope.close();
        source.close();
    }
}
