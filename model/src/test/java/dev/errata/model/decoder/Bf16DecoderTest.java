package dev.errata.model.decoder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.errata.model.file.SafetensorsFile;
import dev.errata.model.generate.Generated;
import dev.errata.model.generate.Writing;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.DType;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.sampling.SamplerSettings;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The decoder in bf16 against transformers in bf16. Where each rounding stands as torch has it, logits agree in all bits
 * until an f32 sum in another order falls on the other side of an edge; so the measure is how far f32 itself is away.
 */
class Bf16DecoderTest {
    private static final RecordedModel MODEL = RecordedModel.committed("llama2-mha");

    private static Decoder load(RecordedModel model, Backend backend, Precision precision) {
        ModelSource source = ModelSource.open(model.folder());
        return Decoder.load(source.config(), source.weights(), backend, null, precision);
    }

    /** bf16 logits of torch 2.15.0 and transformers 5.23.0, whose weights were cast to bf16. */
    private static float[] recorded() {
        try (Arena arena = Arena.ofShared()) {
            Path file = MODEL.folder().resolveSibling("llama2-mha.bf16.safetensors");
            return SafetensorsFile.open(file, arena).entries().get("a.logits").toFloats();
        }
    }

    private static float[] logits(RecordedModel model, String device, Precision precision, String ids) {
        try (Backend backend = Backends.choose(device, 2)) {
            float[] logits;
            try (Decoder decoder = load(model, backend, precision)) {
                logits = Scoring.of(decoder, model.rows(ids)).logits();
            }
            assertThat(backend.liveBytes()).isZero();
            return logits;
        }
    }

    private static double distance(float[] a, float[] b) {
        assertThat(a).hasSameSizeAs(b);
        double sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += ((double) a[i] - b[i]) * ((double) a[i] - b[i]);
        }
        return Math.sqrt(sum / a.length);
    }

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu"})
    void isFarNearerToTorchInBf16ThanF32Is(String device) {
        float[] theirs = recorded();
        float[] ours = logits(MODEL, device, Precision.BF16, "a.input_ids");
        float[] f32 = logits(MODEL, device, Precision.F32, "a.input_ids");
        assertThat(distance(ours, theirs)).isLessThan(distance(f32, theirs) / 4);
        DecoderTest.assertClose("logits", ours, theirs, 0.25);
        for (float logit : ours) {
            assertThat(Rounding.bf16(logit)).isEqualTo(logit);
        }
    }

    @Test
    void isFarNearerToTorchOnACheckpointOfBf16Too() {
        String shared = System.getProperty(
                "errata.shared", Path.of("..", "..", "shared").toString());
        RecordedModel model = new RecordedModel(Path.of(shared, "oracle", "models", "llama2-bf16"));
        assumeThat(model.folder()).as("recorded data, absent here").exists();
        float[] theirs = model.floats("bf16.a.logits");
        float[] ours = logits(model, "cpu", Precision.BF16, "a.input_ids");
        assertThat(distance(ours, theirs)).isLessThan(distance(model.floats("f32.a.logits"), theirs) / 4);
    }

    /** Linear layers alone: between f32 and the whole model in bf16. */
    @Test
    void linearLayersInBf16StayNearF32() {
        float[] f32 = logits(MODEL, "cpu", Precision.F32, "a.input_ids");
        Precision linears = new Precision(DType.BF16, DType.F32, false);
        float[] once = logits(MODEL, "cpu", linears, "a.input_ids");
        assertThat(distance(once, f32)).isPositive().isLessThan(0.1);
        assertThat(trainable(linears)).as("weights rounded at each use").isEqualTo(once);
    }

    private static float[] trainable(Precision precision) {
        ModelSource source = ModelSource.open(MODEL.folder());
        try (Backend backend = Backends.choose("cpu", 2);
                Decoder decoder = Decoder.loadTrainable(source.config(), source.weights(), backend, precision)) {
            return Scoring.of(decoder, MODEL.rows("a.input_ids")).logits();
        }
    }

    /** What lies between operators alone: nearer to f32 than where weights are rounded too. */
    @Test
    void activationsInBf16StayNearF32() {
        float[] f32 = logits(MODEL, "cpu", Precision.F32, "a.input_ids");
        float[] narrow = logits(MODEL, "cpu", new Precision(DType.F32, DType.BF16, false), "a.input_ids");
        assertThat(distance(narrow, f32)).isPositive().isLessThan(0.1);
    }

    @Test
    void writesTheSameTokensOnAnyNumberOfThreads() {
        assertThat(written(3)).isEqualTo(written(1));
    }

    private static List<List<Integer>> written(int threads) {
        try (Backend backend = Backends.choose("cpu", threads);
                Decoder decoder = load(MODEL, backend, Precision.BF16)) {
            List<Generated> all = Writing.each(decoder, MODEL.prompts(), SamplerSettings.of(0.9, 0.95), 20, Set.of());
            return all.stream()
                    .map(each -> java.util.Arrays.stream(each.ids()).boxed().toList())
                    .toList();
        }
    }
}
