package dev.errata.model.adapter;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.LinearLayer;
import dev.errata.model.decoder.LoraEmbedding;
import dev.errata.model.decoder.LoraLayer;
import dev.errata.model.decoder.LoraMagnitude;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Puts an adapter together for a decoder: what its config asks for, in the decoder's shapes. */
final class AdapterAssembly {
    private static final String NAMES = "name layers such as q_proj, or all-linear";

    private final Decoder decoder;
    private final LoraSpec config;
    private final AdapterTensors tensors;
    private final Scope scope;

    AdapterAssembly(Decoder decoder, LoraSpec config, AdapterTensors tensors, Scope scope) {
        this.decoder = decoder;
        this.config = config;
        this.tensors = tensors;
        this.scope = scope;
    }

    /**
     * @throws BadInputException if one of the names targeted fits no layer of the model
     */
    static void requireTargets(Decoder decoder, LoraSpec config) {
        for (String target : config.targets().names()) {
            TargetModules alone = TargetModules.named(List.of(target));
            boolean found = alone.match(DecoderLayout.EMBEDDING_MODULE, false, config.where())
                    || LoraAdapter.candidates(decoder).keySet().stream()
                            .anyMatch(module -> alone.match(module, true, config.where()));
            if (!found) {
                throw new BadInputException(
                        "target module " + target + " is no linear layer of the model", config.where(), NAMES);
            }
        }
    }

    LoraAdapter assemble() {
        Map<String, LoraLayer> layers = new LinkedHashMap<>();
        boolean embedded = config.adapts(DecoderLayout.EMBEDDING_MODULE, false);
        LoraAdapter.candidates(decoder).forEach((module, layer) -> {
            if (config.adapts(module, !module.equals(DecoderLayout.OUTPUT))) {
                layers.put(module, layer(module, layer));
            }
        });
        requireUntied(embedded || layers.containsKey(DecoderLayout.OUTPUT));
        LoraEmbedding embedding = embedded ? embedding() : null;
        Map<String, Tensor> trained = trained(layers);
        WholeTensors whole = new WholeTensors(trained, kept(trained), tiesOutput());
        if (layers.isEmpty() && !embedded && whole.trained().isEmpty()) {
            throw new BadInputException("no target modules", config.where(), NAMES);
        }
        tensors.requireNoOthers();
        return new LoraAdapter(config, layers, embedding, whole);
    }

    private LoraLayer layer(String module, LinearLayer layer) {
        Weight weight = layer.weight();
        int rank = config.rank(module);
        Tensor a = tensors.a(module, rank, weight.in());
        Tensor b = tensors.b(module, weight.out(), rank);
        LoraLayer lora = new LoraLayer(a, b, config.scale(module), (float) config.loraDropout(), null);
        if (!config.useDora()) {
            return lora;
        }
        Tensor norm = scope.f32(module + ".row norms", weight.out());
        LoraMagnitude magnitude = new LoraMagnitude(tensors.magnitude(layer, lora), norm);
        return new LoraLayer(a, b, lora.scale(), lora.dropout(), magnitude);
    }

    private LoraEmbedding embedding() {
        String module = DecoderLayout.EMBEDDING_MODULE;
        if (config.useDora()) {
            throw new BadInputException(
                    "use_dora with embed_tokens among target_modules is not done by this version",
                    config.where(),
                    "leave the embedding out");
        }
        int rank = config.rank(module);
        return new LoraEmbedding(
                tensors.embeddingA(module, decoder.config().vocabSize(), rank),
                tensors.embeddingB(module, decoder.config().hiddenSize(), rank),
                config.scale(module));
    }

    private void requireUntied(boolean adaptsEnds) {
        if (adaptsEnds && config.saved().tied() && decoder.config().tieWordEmbeddings()) {
            throw new BadInputException(
                    "ensure_weight_tying with the embedding or lm_head among target_modules is not done by this version",
                    config.where(),
                    "leave one of the two out");
        }
    }

    /** Whether the output layer goes on using the embedding while that is trained whole. */
    private boolean tiesOutput() {
        SavedModules saved = config.saved();
        return decoder.config().tieWordEmbeddings()
                && saved.tied()
                && (saved.holds(DecoderLayout.EMBEDDING) || saved.holds(DecoderLayout.LM_HEAD));
    }

    private Map<String, Tensor> trained(Map<String, LoraLayer> layers) {
        Map<String, Tensor> trained = new LinkedHashMap<>();
        Map<String, Shape> shapes = decoder.shapes();
        shapes.putIfAbsent(DecoderLayout.LM_HEAD, shapes.get(DecoderLayout.EMBEDDING));
        for (LinearLayer layer : decoder.linears().values()) {
            if (layer.isFourBit() && config.saved().holds(layer.name() + ".weight")) {
                throw new BadInputException(
                        "modules_to_save names " + layer.name() + ", which is quantized",
                        config.where(),
                        "use the model without quantization");
            }
        }
        shapes.forEach((name, shape) -> {
            boolean adapted = layers.containsKey(name.substring(0, name.lastIndexOf('.')));
            boolean isTied = tiesOutput() && name.equals(DecoderLayout.EMBEDDING);
            if (tiesOutput() && name.equals(DecoderLayout.LM_HEAD)) {
                tensors.base(name, shape);
            } else if (isTied || config.saved().holds(name) || config.saved().holdsBias(name, adapted)) {
                trained.put(name, tensors.whole(name, adapted, shape));
            }
        });
        return trained;
    }

    /**
     * Embedding and output layer that the adapter brings whole without training them: PEFT saves those that are adapted, and
     * with {@code save_embedding_layers} (on by itself where the vocabulary was resized) both. Where the model ties the two
     * they stay one, the output layer's being loaded last.
     */
    private Map<String, Tensor> kept(Map<String, Tensor> trained) {
        Map<String, Tensor> kept = new LinkedHashMap<>();
        boolean trainsAnEnd =
                trained.containsKey(DecoderLayout.EMBEDDING) || trained.containsKey(DecoderLayout.LM_HEAD);
        if (!trained.containsKey(DecoderLayout.EMBEDDING)) {
            keep(DecoderLayout.EMBEDDING, kept);
        }
        if (!trained.containsKey(DecoderLayout.LM_HEAD)) {
            keep(DecoderLayout.LM_HEAD, kept);
        }
        if (!kept.isEmpty() && !trainsAnEnd && decoder.config().tieWordEmbeddings()) {
            Tensor both = kept.getOrDefault(DecoderLayout.LM_HEAD, kept.get(DecoderLayout.EMBEDDING));
            kept.put(DecoderLayout.EMBEDDING, both);
            kept.put(DecoderLayout.LM_HEAD, both);
        }
        return kept;
    }

    private void keep(String name, Map<String, Tensor> kept) {
        Tensor brought = tensors.base(name, decoder.shapes().get(DecoderLayout.EMBEDDING));
        if (brought != null) {
            kept.put(name, brought);
        }
    }
}
