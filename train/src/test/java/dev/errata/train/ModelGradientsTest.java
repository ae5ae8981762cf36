package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.assertj.core.api.Assumptions.assumeThat;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Dropouts;
import dev.errata.model.decoder.Precision;
import dev.errata.model.file.SafetensorsFile;
import dev.errata.model.file.TensorEntry;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.model.weights.ModelSource;
import dev.errata.model.weights.WeightSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;
import dev.errata.train.config.OptimizerConfig;
import dev.errata.train.data.Example;
import dev.errata.train.optimizer.FlatLayout;
import dev.errata.train.optimizer.FlatTensors;
import dev.errata.train.optimizer.Optimizer;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Loss and gradients of whole models against transformers: every weight, tied embeddings, norms of heads. */
class ModelGradientsTest {
    @ParameterizedTest
    @CsvSource({"llama2-mha, false", "llama2-mha, true", "llama3-gqa-tied, false", "llama3-gqa-tied, true"})
    void equalTransformersWhereCommitted(String name, boolean recompute) {
        Path gradients = Recorded.path("models/" + name + ".grads.safetensors");
        compare(Recorded.MODEL.resolveSibling(name), gradients, recompute);
    }

    @ParameterizedTest
    @CsvSource({
        "oracle, llama2-mha",
        "oracle, llama3-gqa-tied",
        "oracle, qwen3-qknorm",
        "oracle-families, phi3-fused",
        "oracle-families, gemma2-softcap"
    })
    void equalTransformersInEveryRecordedWeight(String where, String name) {
        String shared = System.getProperty(
                "errata.shared", Path.of("..", "..", "shared").toString());
        Path model = Path.of(shared, where, "models", name);
        assumeThat(model).as("recorded data, absent here").exists();
        compare(model, model.resolveSibling(name + ".grads.safetensors"), false);
    }

    private static void compare(Path model, Path recorded, boolean recompute) {
        try (Backend backend = Backends.choose("cpu", 2);
                Arena arena = Arena.ofShared()) {
            try (ModelSource source = ModelSource.open(model);
                    Scope scope = new Scope("gradients", backend);
                    Decoder decoder =
                            Decoder.loadTrainable(source.config(), weights(source, scope), backend, Precision.F32)) {
                IdentityHashMap<Tensor, Tensor> gradients = new IdentityHashMap<>();
                for (Tensor tensor : decoder.tensors().values()) {
                    gradients.put(tensor, scope.zeros("d", tensor.shape().toArray()));
                }
                Map<String, TensorEntry> io = SafetensorsFile.open(
                                model.resolveSibling(model.getFileName() + ".io.safetensors"), arena)
                        .entries();
                List<Example> rows = rows(io);
                int targets = rows.stream().mapToInt(Example::targets).sum();
                double loss = new TargetLoss(decoder)
                        .addGradients(
                                rows,
                                (float) (1.0 / targets),
                                gradients,
                                new Dropouts(0, 1, 0),
                                recompute ? Integer.MAX_VALUE : 0);
                assertThat(loss / targets).isCloseTo(io.get("b.loss").toFloats()[0], within(1e-5));
                SafetensorsFile.open(recorded, arena).entries().forEach((weight, entry) -> {
                    Tensor gradient = gradients.get(decoder.tensors().get(weight.replaceFirst("^grad\\.", "")));
                    assertThat(gradient).as(weight).isNotNull();
                    assertClose(weight, read(backend, gradient), entry.toFloats());
                });
            }
            assertThat(backend.liveBytes()).isZero();
        }
    }

    static WeightSource weights(ModelSource source, Scope scope) {
        OptimizerConfig optimizer = new OptimizerConfig("adamw", 0.0, 0.9, 0.999, 1e-8, 0, 0, false, 256, 4096);
        Map<String, Shape> shapes = new LinkedHashMap<>();
        DecoderLayout.tensors(source.config()).forEach((name, dims) -> shapes.put(name, Shape.of(dims)));
        FlatLayout layout = FlatLayout.of(shapes, Optimizer.of(optimizer));
        return new TrainableWeights(source.weights(), FlatTensors.values(layout, scope));
    }

    private static List<Example> rows(Map<String, TensorEntry> io) {
        int[] ids = ints(io.get("b.input_ids"));
        int[] labels = ints(io.get("b.labels"));
        int[] mask = ints(io.get("b.attention_mask"));
        int width = Math.toIntExact(io.get("b.labels").shape().columns());
        List<Example> rows = new ArrayList<>();
        for (int from = 0; from < ids.length; from += width) {
            int to = from + Arrays.stream(mask, from, from + width).sum();
            rows.add(new Example(Arrays.copyOfRange(ids, from, to), Arrays.copyOfRange(labels, from, to)));
        }
        return rows;
    }

    private static int[] ints(TensorEntry entry) {
        return entry.data().toArray(ValueLayout.JAVA_INT_UNALIGNED);
    }

    private static float[] read(Backend backend, Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        backend.download(tensor, MemorySegment.ofArray(values));
        return values;
    }

    private static void assertClose(String what, float[] ours, float[] theirs) {
        assertThat(ours).as(what).hasSameSizeAs(theirs);
        double largest = 0;
        for (float value : theirs) {
            largest = Math.max(largest, Math.abs(value));
        }
        for (int i = 0; i < ours.length; i++) {
            if (!(Math.abs(ours[i] - theirs[i]) <= 2e-5 + 1e-4 * largest)) {
                throw new AssertionError(what + ", element " + i + ": " + ours[i] + " instead of " + theirs[i]);
            }
        }
    }
}
