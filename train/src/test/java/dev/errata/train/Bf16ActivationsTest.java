package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.adapter.LoraAdapter;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Precision;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.train.config.TrainConfig;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Training with {@code activations: bf16}: the curve and the gradients of f32 but for roundings, in less memory. */
class Bf16ActivationsTest {
    @TempDir
    private Path folder;

    private TrainConfig config(String output, String activations) throws IOException {
        Path file = Files.writeString(
                folder.resolve(output + ".yaml"),
                "model: " + Recorded.MODEL + "\ndata: rows.jsonl\noutput: " + output
                        + "\nsteps: 12\nlora: {r: 8, lora_dropout: 0}\noptimizer: {learning_rate: 0.005}\nrecompute: none\n"
                        + activations);
        return TrainConfig.read(file, List.of());
    }

    private static List<StepRecord> train(TrainConfig config) {
        try (Backend backend = Backends.choose("cpu", 2);
                ModelSource source = ModelSource.open(config.model())) {
            new Trainer(config, backend, Progress.silent(), new StopSignal()).train(source, Recorded.rows());
        }
        return MetricsLog.read(config.output().resolve("metrics.jsonl"));
    }

    @Test
    void theLossCurveStaysNearThatOfF32() throws IOException {
        List<StepRecord> f32 = train(config("wide", ""));
        List<StepRecord> bf16 = train(config("narrow", "activations: bf16\n"));
        assertThat(f32.getLast().loss()).isLessThan(f32.getFirst().loss() - 0.1);
        boolean differs = false;
        for (int i = 0; i < f32.size(); i++) {
            assertThat(bf16.get(i).loss()).isCloseTo(f32.get(i).loss(), org.assertj.core.data.Offset.offset(0.02));
            differs |= bf16.get(i).loss() != f32.get(i).loss();
        }
        assertThat(differs).isTrue();
    }

    @ParameterizedTest
    @ValueSource(strings = {"none", "all"})
    void gradientsAreThoseOfF32ButForRoundings(String recompute) {
        Map<String, float[]> wide = gradients(DType.F32, recompute.equals("all"));
        Map<String, float[]> narrow = gradients(DType.BF16, recompute.equals("all"));
        assertThat(narrow.keySet()).isEqualTo(wide.keySet());
        wide.forEach((name, right) -> {
            double apart = 0;
            double length = 0;
            for (int i = 0; i < right.length; i++) {
                double gap = (double) narrow.get(name)[i] - right[i];
                apart += gap * gap;
                length += (double) right[i] * right[i];
            }
            assertThat(Math.sqrt(apart)).as(name).isLessThanOrEqualTo(0.05 * Math.sqrt(length));
        });
    }

    private static Map<String, float[]> gradients(DType activations, boolean recompute) {
        ModelSource source = ModelSource.open(Recorded.MODEL);
        try (Backend backend = Backends.choose("cpu", 2);
                Decoder decoder = Decoder.load(
                        source.config(), source.weights(), backend, null, new Precision(DType.F32, activations, true));
                Scope scope = new Scope("gradients", backend)) {
            LoraAdapter adapter = LoraAdapter.read(Recorded.path("lora/traj-init"), decoder, scope);
            adapter.attach(decoder);
            IdentityHashMap<Tensor, Tensor> gradients = new IdentityHashMap<>();
            Map<String, Tensor> named = new LinkedHashMap<>();
            adapter.tensors().forEach((name, tensor) -> {
                Tensor gradient = scope.zeros("d " + name, tensor.shape().toArray());
                gradients.put(tensor, gradient);
                named.put(name, gradient);
            });
            new TargetLoss(decoder)
                    .addGradients(
                            Recorded.rows().subList(0, 4), 0.01f, gradients, null, recompute ? Integer.MAX_VALUE : 0);
            Map<String, float[]> values = new LinkedHashMap<>();
            named.forEach((name, gradient) -> {
                float[] host = new float[Math.toIntExact(gradient.elements())];
                backend.download(gradient, MemorySegment.ofArray(host));
                values.put(name, host);
            });
            return values;
        }
    }

    @Test
    void whatATapeHoldsIsNearlyHalved() throws IOException {
        long wide = planned(config("plan-wide", ""));
        long narrow = planned(config("plan-narrow", "activations: bf16\n"));
        assertThat(narrow).isLessThan(wide * 6 / 10);
    }

    private static long planned(TrainConfig config) {
        try (ModelSource source = ModelSource.open(config.model())) {
            return MemoryPlan.of(source.config(), config.model(), config.settings(), MemoryBudget.of("cpu"))
                    .bytes()
                    .activations();
        }
    }
}
