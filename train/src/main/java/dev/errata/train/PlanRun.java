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
import dev.errata.tensor.RunFailedException;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.train.config.QuantizationConfig;
import dev.errata.train.config.TrainSettings;
import dev.errata.train.data.Example;
import dev.errata.train.optimizer.Descent;
import dev.errata.train.optimizer.FlatTensors;
import dev.errata.train.optimizer.Optimizer;
import dev.errata.train.optimizer.StateMemory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Runs a training's micro-batches on a backend that computes nothing and counts as the device does.
 *
 * @param path the model's, for the adapter's name
 */
record PlanRun(ModelConfig model, Path path, TrainSettings settings, MemoryBudget budget) {
    /** bitsandbytes' block size; a config does not name it. */
    private static final int USUAL_BLOCK = 64;

    /** What is held with so many of the first blocks recomputed. */
    MemoryPlan of(PlannedBatches batches, int recomputedBlocks) {
        return run(batches, recomputedBlocks, false);
    }

    /** The same on a device that has no more than the budget; empty where it isn't enough. */
    Optional<MemoryPlan> within(PlannedBatches batches, int recomputedBlocks) {
        MemoryPlan plan;
        try {
            plan = run(batches, recomputedBlocks, true);
        } catch (RunFailedException full) {
            return Optional.empty();
        }
        return plan.bytes().total() <= budget.within(settings).forTensors() ? Optional.of(plan) : Optional.empty();
    }

    private MemoryPlan run(PlannedBatches batches, int recomputedBlocks, boolean isLimited) {
        try (MeasuredBackend backend =
                        new MeasuredBackend(budget.within(settings).counting(isLimited));
                Scope scope = new Scope("plan", backend)) {
            FlatTensors whole =
                    settings.fullFineTuning() ? FlatTensors.values(TrainedModel.layout(model, settings), scope) : null;
            try (Decoder decoder = decoder(backend, whole)) {
                long weights = backend.liveBytes() + backend.adoptedBytes();
                FlatTensors values = whole == null ? adapter(decoder, scope) : whole;
                long adapters = backend.liveBytes() + backend.adoptedBytes() - weights;
                try (Descent descent = new Descent(settings.optimizer(), values, scope, null)) {
                    PlanWatch watch = new PlanWatch(backend, model.numHiddenLayers());
                    run(new TargetLoss(decoder, watch), descent, batches, recomputedBlocks);
                    return plan(values, weights, adapters, descent, backend, watch, recomputedBlocks);
                }
            }
        }
    }

    private FlatTensors adapter(Decoder decoder, Scope scope) {
        LoraSpec lora = settings.adapter() == null
                ? TrainedModel.lora(path, settings)
                : AdapterFolder.readConfig(settings.adapter());
        LoraAdapter adapter = LoraAdapter.shaped(decoder, lora, scope);
        FlatTensors values = FlatTensors.taking(adapter.tensors(), Optimizer.of(settings.optimizer()), scope);
        adapter.with(values.byName()).attach(decoder);
        return values;
    }

    /** Every kind of step once: the engine's own code, on a device that computes nothing. */
    private static void run(TargetLoss loss, Descent descent, PlannedBatches batches, int recomputedBlocks) {
        for (List<Example> batch : batches.training()) {
            loss.addGradients(batch, 1, descent.gradients(), new Dropouts(0, 1, 0), recomputedBlocks);
        }
        descent.gradientNorm();
        batches.validation().forEach(loss::sum);
    }

    private MemoryPlan plan(
            FlatTensors values,
            long weights,
            long adapters,
            Descent descent,
            MeasuredBackend backend,
            PlanWatch watch,
            int recomputedBlocks) {
        long gradients = backend.memoryRules().rounded(values.layout().elements() * Float.BYTES);
        StateMemory states = StateMemory.of(settings.optimizer(), values.layout(), backend.memoryRules());
        long total =
                backend.takenBytes() + (budget.isOwn() ? 0 : descent.states().hostBytes());
        long scratch = backend.peakScratchBytes();
        return new MemoryPlan(
                parameters(),
                values.byName().values().stream().mapToLong(Tensor::elements).sum(),
                recomputedBlocks,
                watch.recomputedShare(),
                watch.keptByBlock(),
                new MemoryPlan.Bytes(
                        weights,
                        adapters,
                        gradients,
                        states.resident(),
                        states.paged(),
                        total - weights - adapters - gradients - states.resident() - scratch,
                        scratch,
                        total));
    }

    private Decoder decoder(Backend backend, FlatTensors whole) {
        MetaWeights source = MetaWeights.of(path, model);
        return whole == null
                ? Decoder.load(
                        model, source, backend, spec(settings.quantization(), path), TrainedModel.precision(settings))
                : Decoder.loadTrainable(
                        model, new TrainableWeights(source, whole), backend, TrainedModel.precision(settings));
    }

    /** The quantization of the config, else that of a checkpoint in 4 bits, whose blocks are taken to be the usual ones. */
    static FourBitSpec spec(QuantizationConfig quantization, Path path) {
        if (quantization != null || !Files.isDirectory(path)) {
            return TrainedModel.spec(quantization);
        }
        return BitsAndBytesConfig.read(path)
                .map(stored -> new FourBitSpec(stored.format(), USUAL_BLOCK, stored.doubleQuant()))
                .orElse(null);
    }

    private long parameters() {
        return DecoderLayout.tensors(model).values().stream()
                .mapToLong(dims -> Arrays.stream(dims).reduce(1, Math::multiplyExact))
                .sum();
    }
}
