package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Dropouts;
import dev.errata.model.decoder.Precision;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.file.TensorEntry;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Shape;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.reference.ReferenceBackend;
import dev.errata.train.data.Example;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Gradients of whole models whose families have operators of their own, against differences of the loss: one direction in
 * each weight, so that fused layers, four norms, soft caps and scaled embeddings all take part.
 */
class FamilyGradientsTest {
    private static final String SIZES = "\"vocab_size\": 20, \"hidden_size\": 16, \"intermediate_size\": 24, "
            + "\"num_hidden_layers\": 2, \"num_attention_heads\": 2, \"num_key_value_heads\": 1, ";
    private static final String PHI3 = "{\"model_type\": \"phi3\", " + SIZES + "\"partial_rotary_factor\": 0.5}";
    private static final String GEMMA2 = "{\"model_type\": \"gemma2\", " + SIZES
            + "\"head_dim\": 6, \"query_pre_attn_scalar\": 3, \"sliding_window\": 3, "
            + "\"attn_logit_softcapping\": 2.0, \"final_logit_softcapping\": 3.0}";
    private static final double STEP = 0.01;
    private static final List<Example> ROWS = List.of(
            new Example(new int[] {1, 4, 9, 2, 7, 7, 3}, new int[] {-100, 4, 9, -100, 7, 7, 3}),
            new Example(new int[] {5, 0, 19, 8}, new int[] {-100, -100, 19, 8}));

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {PHI3, GEMMA2})
    void agreeWithDifferencesOfTheLoss(String config) throws IOException {
        write(config);
        try (Backend backend = new ReferenceBackend();
                ModelSource source = ModelSource.open(folder);
                Scope scope = new Scope("gradients", backend);
                Decoder decoder = Decoder.loadTrainable(
                        source.config(), ModelGradientsTest.weights(source, scope), backend, Precision.F32)) {
            IdentityHashMap<Tensor, Tensor> gradients = new IdentityHashMap<>();
            for (Tensor tensor : decoder.tensors().values()) {
                gradients.put(tensor, scope.zeros("d", tensor.shape().toArray()));
            }
            TargetLoss loss = new TargetLoss(decoder);
            assertThat(loss.addGradients(ROWS, 1, gradients, new Dropouts(0, 1, 0), 0))
                    .isCloseTo(loss.sum(ROWS), within(1e-5));
            decoder.tensors().forEach((name, tensor) -> {
                float[] before = read(backend, tensor);
                float[] direction = normal(name + " direction", before.length);
                double slope = 0;
                float[] gradient = read(backend, gradients.get(tensor));
                for (int i = 0; i < gradient.length; i++) {
                    slope += (double) gradient[i] * direction[i];
                }
                double[] losses = new double[4];
                for (int k = 0; k < 4; k++) {
                    float step = (float) (STEP * new int[] {1, -1, 2, -2}[k] / Math.sqrt(before.length));
                    float[] moved = before.clone();
                    for (int i = 0; i < moved.length; i++) {
                        moved[i] += step * direction[i];
                    }
                    backend.upload(MemorySegment.ofArray(moved), tensor);
                    losses[k] = loss.sum(ROWS);
                }
                backend.upload(MemorySegment.ofArray(before), tensor);
                double difference = (8 * (losses[0] - losses[1]) - (losses[2] - losses[3])) / (12 * STEP);
                double wanted = slope / Math.sqrt(before.length);
                assertThat(difference).as(name).isCloseTo(wanted, within(2e-3 * Math.max(0.2, Math.abs(wanted))));
            });
        }
    }

    private void write(String text) throws IOException {
        Path config = Files.writeString(folder.resolve("config.json"), text);
        List<TensorEntry> entries = new ArrayList<>();
        DecoderLayout.tensors(HuggingFaceConfig.readFile(config)).forEach((name, dims) -> {
            float[] values = normal(name, Math.toIntExact(Shape.of(dims).elements()));
            for (int i = 0; i < values.length; i++) {
                values[i] *= 0.3f;
            }
            entries.add(new TensorEntry(name, DType.F32, Shape.of(dims), MemorySegment.ofArray(values)));
        });
        SafetensorsWriter.write(folder.resolve("model.safetensors"), Map.of(), entries);
    }

    private static float[] normal(String name, int count) {
        float[] values = new float[count];
        long stream = Philox.stream("family", name);
        for (int i = 0; i < count; i++) {
            values[i] = (float) Philox.normal(8, stream, i);
        }
        return values;
    }

    private static float[] read(Backend backend, Tensor tensor) {
        float[] values = new float[Math.toIntExact(tensor.elements())];
        backend.download(tensor, MemorySegment.ofArray(values));
        return values;
    }
}
