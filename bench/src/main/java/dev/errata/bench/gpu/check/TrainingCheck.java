package dev.errata.bench.gpu.check;

import dev.errata.bench.gpu.LlamaSize;
import dev.errata.bench.gpu.SyntheticWeights;
import dev.errata.bench.train.ScratchFolder;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Philox;
import dev.errata.train.ReadyTraining;
import dev.errata.train.StepRecord;
import dev.errata.train.binding.Binder;
import dev.errata.train.binding.ConfigTree;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.data.Example;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * QLoRA steps in NF4 with bf16 compute. The first starts from the same values, so its loss and gradient differ by bf16
 * roundings alone; later ones also by what those made of the adapter.
 *
 * @param length tokens of the first row; the others are a few longer each, so that none is a whole tile
 * @param rank of the adapters
 * @param activations f32 or bf16
 */
record TrainingCheck(LlamaSize size, int length, int rank, String activations) implements ModelCheck {
    private static final double FIRST_STEP = 1e-2;
    private static final double LATER_LOSS = 1.5e-2;
    private static final int STEPS = 3;
    private static final int ROWS = 3;
    private static final int SEED = 59;

    @Override
    public String what() {
        return STEPS + " QLoRA steps, r " + rank + ", dtype bf16, activations " + activations;
    }

    @Override
    public CheckedModel run(Backend device, Backend cpu) {
        List<StepRecord> ours = steps(device);
        List<StepRecord> right = steps(cpu);
        boolean passed = isNear(
                        ours.getFirst().loss(),
                        right.getFirst().loss(),
                        FIRST_STEP * right.getFirst().loss())
                && isNear(
                        ours.getFirst().gradNorm(),
                        right.getFirst().gradNorm(),
                        FIRST_STEP * right.getFirst().gradNorm());
        for (int i = 1; i < STEPS; i++) {
            passed &= isNear(ours.get(i).loss(), right.get(i).loss(), LATER_LOSS);
        }
        return new CheckedModel(
                what(),
                shown(ours),
                shown(right),
                "1 % in the first step's loss and norm, 0.015 in later losses",
                passed);
    }

    private static boolean isNear(double ours, double right, double allowed) {
        return Math.abs(ours - right) <= allowed;
    }

    private static String shown(List<StepRecord> steps) {
        StringBuilder losses = new StringBuilder("loss");
        for (StepRecord step : steps) {
            losses.append(String.format(Locale.ROOT, " %.4f", step.loss()));
        }
        return losses
                + String.format(Locale.ROOT, ", norm %.4f", steps.getFirst().gradNorm());
    }

    private List<StepRecord> steps(Backend backend) {
        try (ScratchFolder scratch = ScratchFolder.make()) {
            String yaml = """
                    dtype: bf16
                    activations: %s
                    quantization: {format: nf4, block_size: 64, double_quant: true}
                    lora: {r: %d, lora_alpha: 16, lora_dropout: 0.05, target_modules: all-linear}
                    optimizer: {learning_rate: 3.0e-4, max_grad_norm: 0.3}
                    micro_batch_size: %d
                    steps: %d
                    model: %s
                    data: [none]
                    output: '%s'
                    """.formatted(activations, rank, ROWS, STEPS, size.name(), scratch.path());
            TrainConfig config = Binder.bind(ConfigTree.of(yaml, Path.of("gpu-check.yaml")), TrainConfig.class);
            ModelSource source =
                    new ModelSource(Path.of(size.name()), size.config(), new SyntheticWeights(backend), List.of());
            try (ReadyTraining training = new ReadyTraining(config, source, backend, examples())) {
                List<StepRecord> steps = new ArrayList<>();
                for (int k = 1; k <= STEPS; k++) {
                    steps.add(training.step(k));
                }
                return steps;
            }
        }
    }

    private List<Example> examples() {
        List<Example> examples = new ArrayList<>();
        for (int row = 0; row < ROWS; row++) {
            int stream = row;
            int[] ids = IntStream.range(0, length + 5 * row)
                    .map(i -> Philox.below(SEED, stream, i, size.vocabulary()))
                    .toArray();
            examples.add(new Example(ids, ids));
        }
        return examples;
    }
}
