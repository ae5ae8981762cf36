package dev.errata.model.decoder;

import dev.errata.model.config.ModelConfig;
import dev.errata.tensor.Backend;
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
    private final Map<String, Tensor> dense = new LinkedHashMap<>();
    private final Map<String, LinearLayer> linears = new LinkedHashMap<>();
    private final List<DecoderBlock> blocks = new ArrayList<>();
    private final RopeTable rope;

    /**
     * Loads all weights.
     *
     * @param source closed with this decoder
     * @param quantization how linear layers are quantized, or null to keep them as they are stored
     * @throws dev.errata.tensor.BadInputException if a tensor is missing, misshapen or doesn't belong
     */
    public static Decoder load(ModelConfig config, WeightSource source, Backend backend, FourBitSpec quantization) {
        Scope scope = new Scope("model", backend);
        try {
            return new Decoder(config, source, scope, quantization);
        } catch (RuntimeException e) {
            scope.close();
            throw e;
        }
    }

    private Decoder(ModelConfig config, WeightSource source, Scope scope, FourBitSpec quantization) {
        this.config = config;
        this.scope = scope;
        this.source = source;
        Map<String, long[]> layout = DecoderLayout.tensors(config);
        layout.forEach((name, dims) -> {
            if (!DecoderLayout.isLinearWeight(name)) {
                dense.put(name, source.dense(name, scope, dims));
            } else {
                add(name, source.linear(name, quantization, scope, (int) dims[0], (int) dims[1]));
            }
        });
        source.requireNoOthers();
        for (String name : List.copyOf(linears.keySet())) {
            LinearLayer layer = linears.get(name);
            linears.put(name, new LinearLayer(name, layer.weight(), dense.get(name + ".bias")));
        }
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            blocks.add(block(layer));
        }
        this.rope = new RopeTable(scope, config);
    }

    private void add(String weightName, Weight weight) {
        String name = weightName.substring(0, weightName.length() - ".weight".length());
        linears.put(name, new LinearLayer(name, weight, null));
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

    /** The output layer [V, C]: the embedding where both are tied. */
    public Tensor lmHead() {
        return config.tieWordEmbeddings() ? dense.get(DecoderLayout.EMBEDDING) : dense.get(DecoderLayout.LM_HEAD);
    }

    /** Makes positions 0 to {@code count} − 1 known; must be called before tokens stand there. */
    public void requirePositions(int count) {
        rope.require(count);
    }

    /** Hidden states after the final norm, [N, C]. */
    public Tensor forward(Ops ops, TokenBatch batch) {
        return forward(ops, batch, (layer, hidden) -> {});
    }

    /**
     * The same.
     *
     * @param seen told the embeddings as 0, then each block's output but the last, then the final norm's as L
     */
    public Tensor forward(Ops ops, TokenBatch batch, BiConsumer<Integer, Tensor> seen) {
        Tensor x = ops.embedding(dense.get(DecoderLayout.EMBEDDING), batch.ids());
        for (DecoderBlock block : blocks) {
            seen.accept(block.index(), x);
            x = ops.block(x, batch.recompute(), (inner, in) -> block.forward(inner, in, batch, config, rope));
        }
        Tensor hidden = ops.rmsNorm(x, dense.get(DecoderLayout.FINAL_NORM), config.rmsNormEps());
        seen.accept(blocks.size(), hidden);
        return hidden;
    }

    /** Logits [N, V] of hidden states [N, C]. */
    public Tensor logits(Scope target, Tensor hidden) {
        Tensor logits = target.f32("logits", hidden.rows(), config.vocabSize());
        backend().run(new Op.MatMul(hidden, lmHead(), logits, false, true, 1, false));
        return logits;
    }

    @Override
    public void close() {
        scope.close();
        source.close();
    }
}
