package dev.errata.train;

import dev.errata.model.adapter.AdapterFolder;
import dev.errata.model.adapter.LoraAdapter;
import dev.errata.model.adapter.LoraSpec;
import dev.errata.model.config.BitsAndBytesConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Dropouts;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.model.weights.FourBitSpec;
import dev.errata.model.weights.MetaWeights;
import dev.errata.tensor.Backend;
import dev.errata.tensor.MemoryRules;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.meta.MetaBackend;
import dev.errata.train.config.TrainSettings;
import dev.errata.train.data.Example;
import dev.errata.train.data.MicroBatches;
import dev.errata.train.optimizer.Descent;
import dev.errata.train.optimizer.FlatTensors;
import dev.errata.train.optimizer.Optimizer;
import dev.errata.train.optimizer.StateMemory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

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
     * @param optimizer the optimizer's state in memory: all of it, or with paging what the budget leaves there
     * @param optimizerPages state in the page file, not in memory; 0 without paging or where all fit into the budget
     * @param activations what the largest micro-batch needs beside these, with what a pool of memory can't use
     * @param total the most that is taken from the system at a time
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
     * The plan where rows aren't known: of rows as long as the config allows.
     *
     * @param path the model's, for the adapter's name
     */
    public static MemoryPlan of(ModelConfig model, Path path, TrainSettings settings) {
        int tokens = PlannedBatches.longestRow(settings);
        int most = Math.max(2, Integer.highestOneBit(PLANNED_TOKENS / tokens));
        int rows = Math.min(MicroBatches.of(settings).rows(tokens), settings.stepRows());
        if (rows <= most) {
            return of(model, path, settings, PlannedBatches.ofLongest(settings));
        }
        // It grows by the same with each further row, so that one of endless rows is told by two that are shorter.
        MemoryPlan atHalf = of(model, path, settings, PlannedBatches.ofLongest(settings, most / 2));
        MemoryPlan atMost = of(model, path, settings, PlannedBatches.ofLongest(settings, most));
        long each = (atMost.bytes().total() - atHalf.bytes().total()) / (most - most / 2);
        return atMost.withMore(each * (rows - most));
    }

    /**
     * The plan of a training on such micro-batches.
     *
     * @param path the model's, for the adapter's name
     */
    public static MemoryPlan of(ModelConfig model, Path path, TrainSettings settings, PlannedBatches batches) {
        try (MeasuredBackend backend = new MeasuredBackend(new MetaBackend());
                Scope scope = new Scope("plan", backend)) {
            FlatTensors whole =
                    settings.fullFineTuning() ? FlatTensors.values(TrainedModel.layout(model, settings), scope) : null;
            try (Decoder decoder = decoder(model, path, settings, backend, whole)) {
                long weights = backend.liveBytes() + backend.adoptedBytes();
                FlatTensors values = whole == null ? adapter(decoder, path, settings, scope) : whole;
                long adapters = backend.liveBytes() + backend.adoptedBytes() - weights;
                try (Descent descent = new Descent(settings.optimizer(), values, scope, null)) {
                    run(decoder, descent, settings, batches);
                    return of(model, settings, values, weights, adapters, descent, backend);
                }
            }
        }
    }

    private static FlatTensors adapter(Decoder decoder, Path path, TrainSettings settings, Scope scope) {
        LoraSpec lora = settings.adapter() == null
                ? TrainedModel.lora(path, settings)
                : AdapterFolder.readConfig(settings.adapter());
        LoraAdapter adapter = LoraAdapter.shaped(decoder, lora, scope);
        FlatTensors values = FlatTensors.taking(adapter.tensors(), Optimizer.of(settings.optimizer()), scope);
        adapter.with(values.byName()).attach(decoder);
        return values;
    }

    /** Every kind of step once: the engine's own code, on a device that computes nothing. */
    private static void run(Decoder decoder, Descent descent, TrainSettings settings, PlannedBatches batches) {
        boolean recompute = ActivationMemory.recompute(settings, decoder.config(), batches.longestRow());
        TargetLoss loss = new TargetLoss(decoder);
        for (List<Example> batch : batches.training()) {
            loss.addGradients(batch, 1, descent.gradients(), new Dropouts(0, 1, 0), recompute);
        }
        batches.validation().forEach(loss::sum);
    }

    private static MemoryPlan of(
            ModelConfig model,
            TrainSettings settings,
            FlatTensors values,
            long weights,
            long adapters,
            Descent descent,
            MeasuredBackend backend) {
        long gradients = MemoryRules.HOST.rounded(values.layout().elements() * Float.BYTES);
        StateMemory states = StateMemory.of(settings.optimizer(), values.layout());
        long total = backend.takenBytes() + descent.states().hostBytes();
        return new MemoryPlan(
                parameters(model),
                values.byName().values().stream().mapToLong(Tensor::elements).sum(),
                new Bytes(
                        weights,
                        adapters,
                        gradients,
                        states.resident(),
                        states.paged(),
                        total - weights - adapters - gradients - states.resident(),
                        total));
    }

    private MemoryPlan withMore(long activations) {
        return new MemoryPlan(
                parameters,
                trainableParameters,
                new Bytes(
                        bytes.weights(),
                        bytes.adapters(),
                        bytes.gradients(),
                        bytes.optimizer(),
                        bytes.optimizerPages(),
                        bytes.activations() + activations,
                        bytes.total() + activations));
    }

    private static Decoder decoder(
            ModelConfig model, Path path, TrainSettings settings, Backend backend, FlatTensors whole) {
        MetaWeights source = MetaWeights.of(path, model);
        return whole == null
                ? Decoder.load(model, source, backend, spec(path, settings), TrainedModel.precision(settings))
                : Decoder.loadTrainable(
                        model, new TrainableWeights(source, whole), backend, TrainedModel.precision(settings));
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

    private static long parameters(ModelConfig model) {
        return DecoderLayout.tensors(model).values().stream()
                .mapToLong(dims -> Arrays.stream(dims).reduce(1, Math::multiplyExact))
                .sum();
    }
}
