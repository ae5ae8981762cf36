package dev.errata.bench.gpu;

import dev.errata.bench.measure.Spread;
import dev.errata.bench.train.ScratchFolder;
import dev.errata.kernels.cuda.CudaBackend;
import dev.errata.kernels.cuda.CudaDriver;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Philox;
import dev.errata.tensor.RunFailedException;
import dev.errata.train.MemoryBudget;
import dev.errata.train.MemoryFit;
import dev.errata.train.MemoryPlan;
import dev.errata.train.PlannedBatches;
import dev.errata.train.ReadyTraining;
import dev.errata.train.binding.Binder;
import dev.errata.train.binding.ConfigTree;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.data.Example;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * Steps of a QLoRA training on synthetic weights: bf16 throughout, NF4 with double quantization, adapters on all linear
 * layers with dropout, rows of random tokens that all count, packed into one micro-batch.
 *
 * @param rows of a step
 * @param length tokens of a row
 * @param steps to measure, after two others or after one where one is measured
 */
record TrainingBench(LlamaSize size, int rows, int length, int rank, int steps) {
    private static final int WARMUP_STEPS = 2;
    private static final int SEED = 47;

    /** How the step is made to fit the device. */
    private record Fit(TrainConfig config, LlamaSize size, int recomputedLayers, long plannedBytes) {
        /** The part of its layers that are run again for their gradients. */
        double recomputed() {
            return (double) recomputedLayers / size.layers();
        }

        String recompute() {
            return recomputedLayers == 0
                    ? "none"
                    : recomputedLayers == size.layers() ? "all" : recomputedLayers + " layers";
        }
    }

    /**
     * @param device of which a new driver is opened
     * @param operationsPerSecond of the device's best product
     * @param limit looked at between steps: at least one is measured
     */
    TrainingRow measure(GpuDevice device, double operationsPerSecond, TimeLimit limit, Consumer<String> progress) {
        CudaDriver driver = device.open();
        try (CudaBackend cuda = device.backend(driver);
                OperatorTimes backend = new OperatorTimes(cuda, driver);
                ScratchFolder scratch = ScratchFolder.make()) {
            Fit fit = fit(cuda.name(), driver.freeBytes(), scratch.path());
            ModelSource source = new ModelSource(
                    Path.of(size.name()), fit.size().config(), new SyntheticWeights(backend), List.of());
            long begun = System.nanoTime();
            try (ReadyTraining training = new ReadyTraining(fit.config(), source, backend, examples())) {
                driver.synchronize(cuda.stream());
                long weights = backend.liveBytes();
                progress.accept(String.format(
                        Locale.ROOT,
                        "%s is there after %.1f s, %s; recompute: %s",
                        size.name(),
                        (System.nanoTime() - begun) / 1e9,
                        MemoryFit.shown(weights),
                        fit.recompute()));
                Steps timed = new Steps(training, driver, cuda.stream(), progress);
                int made = 0;
                double first = timed.seconds(++made);
                while (made < Math.min(WARMUP_STEPS, steps) && !limit.isOver()) {
                    timed.seconds(++made);
                }
                backend.resetPeak();
                List<Double> seconds = new ArrayList<>();
                do {
                    seconds.add(timed.seconds(++made));
                } while (seconds.size() < steps && !limit.isOver());
                long peak = backend.peakBytes();
                long reserved = backend.peakReservedBytes();
                backend.watch();
                timed.seconds(++made);
                return row(fit, seconds, first, weights, peak, reserved, backend.seen(), operationsPerSecond);
            }
        }
    }

    private TrainingRow row(
            Fit fit,
            List<Double> seconds,
            double first,
            long weights,
            long peak,
            long reserved,
            List<OperatorTimes.Row> operators,
            double operationsPerSecond) {
        StepFloor made = StepFloor.of(fit.size(), rank, length, fit.recomputed());
        StepFloor whole = StepFloor.of(size, rank, length, fit.recomputed());
        // A step of fewer layers is taken to be as much shorter as its arithmetic.
        double scale = whole.operationsPerToken() / made.operationsPerToken();
        long tokens = (long) rows * length;
        Spread rate = Spread.of(
                seconds.stream().mapToDouble(s -> tokens / (s * scale)).toArray());
        double floor = whole.tokensPerSecond(operationsPerSecond);
        return new TrainingRow(
                size.name(),
                size.layers(),
                fit.size().layers(),
                rows,
                length,
                rank,
                fit.recompute(),
                fit.config().settings().optimizer().name(),
                seconds.size(),
                1e3 * first,
                Spread.of(seconds.stream().mapToDouble(s -> 1e3 * s).toArray()),
                rate,
                floor,
                rate.median() / floor,
                weights,
                fit.plannedBytes(),
                peak,
                reserved,
                operators);
    }

    private List<Example> examples() {
        List<Example> examples = new ArrayList<>();
        for (int row = 0; row < rows; row++) {
            int stream = row;
            int[] ids = IntStream.range(0, length)
                    .map(i -> Philox.below(SEED, stream, i, size.vocabulary()))
                    .toArray();
            examples.add(new Example(ids, ids));
        }
        return examples;
    }

    /** The fastest way to make the step that fits: activations are kept as far as there is room, then there are fewer layers. */
    private Fit fit(String device, long freeBytes, Path output) {
        MemoryBudget budget = MemoryBudget.of(device, freeBytes);
        TrainConfig config = config(freeBytes, output);
        PlannedBatches batches = new PlannedBatches(List.of(examples()), List.of(), length);
        for (int layers = size.layers(); layers > 0; layers--) {
            LlamaSize less = size.withLayers(layers);
            MemoryPlan plan = MemoryPlan.of(less.config(), Path.of(size.name()), config.settings(), batches, budget);
            if (plan.bytes().total() <= budget.forTensors()) {
                return new Fit(
                        config, less, plan.recomputedLayers(), plan.bytes().total());
            }
        }
        throw new RunFailedException(
                "not even one layer of a step fits",
                size.name() + " in " + MemoryFit.shown(freeBytes),
                "leave this part out with --only");
    }

    private TrainConfig config(long freeBytes, Path output) {
        String yaml = """
                dtype: bf16
                activations: bf16
                quantization: {format: nf4, block_size: 64, double_quant: true}
                lora: {r: %d, lora_alpha: 16, lora_dropout: 0.05, target_modules: all-linear}
                micro_batch_size: %d
                memory: %d
                steps: 1000
                model: %s
                data: [none]
                output: '%s'
                """.formatted(rank, rows, freeBytes, size.name(), output);
        return Binder.bind(ConfigTree.of(yaml, Path.of("gpu-bench.yaml")), TrainConfig.class);
    }

    /** Makes steps and waits for each. */
    private record Steps(ReadyTraining training, CudaDriver driver, long stream, Consumer<String> progress) {
        double seconds(int number) {
            long begun = System.nanoTime();
            training.step(number);
            driver.synchronize(stream);
            double seconds = (System.nanoTime() - begun) / 1e9;
            progress.accept(String.format(Locale.ROOT, "step %d: %.0f ms", number, 1e3 * seconds));
            return seconds;
        }
    }
}
