package dev.errata.train;

import dev.errata.model.adapter.AdapterFolder;
import dev.errata.model.adapter.LoraAdapter;
import dev.errata.model.adapter.LoraConfig;
import dev.errata.model.config.BitsAndBytesConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Dropouts;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.model.weights.FourBitSpec;
import dev.errata.model.weights.MetaWeights;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.meta.MetaBackend;
import dev.errata.train.config.TrainSettings;
import dev.errata.train.data.Example;
import dev.errata.train.optimizer.StateMemory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Map;
import java.util.function.IntToLongFunction;

/**
 * What a training would hold, found by running its step on the meta device: the engine's own code, with shapes alone.
 *
 * @param parameters of the model, without adapters
 * @param trainableParameters what the optimizer changes
 */
public record MemoryPlan(long parameters, long trainableParameters, Bytes bytes) {
    /** bitsandbytes' block size; a config does not name it. */
    private static final int USUAL_BLOCK = 64;
    /** So many tokens of a micro-batch are laid out to plan it. */
    private static final int PLANNED_TOKENS = 1 << 19;

    /**
     * Bytes by what they are for.
     *
     * @param weights the frozen or trained model, with the rope tables
     * @param adapters LoRA matrices
     * @param gradients of what is trained
     * @param optimizer AdamW's two moments in memory: all of them, or with paging what the budget leaves there
     * @param optimizerPages moments in the page file, not in memory; 0 without paging or where all fit into the budget
     * @param activations the most that one micro-batch of the longest allowed rows holds at a time
     * @param total in memory at a time
     */
    public record Bytes(
            long weights,
            long adapters,
            long gradients,
            long optimizer,
            long optimizerPages,
            long activations,
            long total) {}

    /**
     * @param model the model's path, for the adapter's name
     */
    public static MemoryPlan of(ModelConfig model, Path path, TrainSettings settings) {
        MetaWeights source = new MetaWeights();
        try (MetaBackend backend = new MetaBackend();
                Decoder decoder =
                        Decoder.load(model, source, backend, spec(path, settings), TrainedModel.precision(settings));
                Scope scope = new Scope("plan", backend)) {
            Map<String, Tensor> trainable;
            int tokens = settings.maxPromptTokens() + settings.maxCompletionTokens();
            decoder.requirePositions(tokens);
            long loaded = backend.liveBytes();
            long besides = loaded - source.allocatedBytes();
            // frozen weights are used where the checkpoint lies; those that are trained are copied into the pool
            long weights = settings.fullFineTuning() ? loaded : source.bytes() + besides;
            if (settings.fullFineTuning()) {
                trainable = decoder.tensors();
            } else {
                LoraConfig lora = settings.adapter() == null
                        ? TrainedModel.lora(path, settings)
                        : AdapterFolder.readConfig(settings.adapter());
                LoraAdapter adapter = LoraAdapter.shaped(decoder, lora, scope);
                adapter.attach(decoder);
                trainable = adapter.tensors();
            }
            long adapters = backend.liveBytes() - loaded;
            IdentityHashMap<Tensor, Tensor> gradients = new IdentityHashMap<>();
            trainable
                    .values()
                    .forEach(tensor -> gradients.put(
                            tensor,
                            scope.f32(
                                    "gradient of " + tensor.name(),
                                    tensor.shape().toArray())));
            long gradientBytes = backend.liveBytes() - loaded - adapters;
            long before = backend.liveBytes();
            boolean recompute = ActivationMemory.recompute(settings, model, (long) settings.microBatchSize() * tokens);
            long activations = activations(settings, tokens, rows -> {
                backend.resetPeak();
                new TargetLoss(decoder)
                        .addGradients(
                                Collections.nCopies(rows, longest(settings, tokens)),
                                1,
                                gradients,
                                new Dropouts(0, 1, 0),
                                recompute);
                return backend.peakBytes() - before;
            });
            StateMemory states = StateMemory.of(settings.optimizer(), trainable.values());
            return new MemoryPlan(
                    parameters(model),
                    trainable.values().stream().mapToLong(Tensor::elements).sum(),
                    new Bytes(
                            weights,
                            adapters,
                            gradientBytes,
                            states.resident(),
                            states.paged(),
                            activations,
                            weights + adapters + gradientBytes + states.resident() + activations));
        }
    }

    /**
     * What a micro-batch holds. It grows by the same with each further row, so that one of endless rows is told by two that
     * are shorter.
     */
    private static long activations(TrainSettings settings, int tokens, IntToLongFunction ofRows) {
        int rows = settings.microBatchSize();
        int most = Math.max(2, Integer.highestOneBit(PLANNED_TOKENS / tokens));
        if (rows <= most) {
            return ofRows.applyAsLong(rows);
        }
        long atMost = ofRows.applyAsLong(most);
        long atHalf = ofRows.applyAsLong(most / 2); // a half, as the pool rounds sizes up to a part of a power of two
        return atMost + (atMost - atHalf) / (most - most / 2) * (rows - most);
    }

    /** The quantization of the config, else that of a checkpoint in 4 bits, whose blocks are taken to be the usual ones. */
    private static FourBitSpec spec(Path model, TrainSettings settings) {
        if (settings.quantization() != null || !Files.isDirectory(model)) {
            return TrainedModel.spec(settings.quantization());
        }
        return BitsAndBytesConfig.read(model)
                .map(stored -> new FourBitSpec(stored.format(), USUAL_BLOCK, stored.doubleQuant()))
                .orElse(null);
    }

    /** A row as long as the config allows. */
    private static Example longest(TrainSettings settings, int tokens) {
        int[] labels = new int[tokens];
        Arrays.fill(labels, 0, settings.maxPromptTokens(), Example.IGNORED);
        return new Example(new int[tokens], labels);
    }

    private static long parameters(ModelConfig model) {
        return DecoderLayout.tensors(model).values().stream()
                .mapToLong(dims -> Arrays.stream(dims).reduce(1, Math::multiplyExact))
                .sum();
    }
}
