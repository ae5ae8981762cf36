package dev.errata.model.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Precision;
import dev.errata.model.decoder.Scoring;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A Phi-3 whose fused matrices are a LLaMA's, row below row, is that LLaMA to the last bit. */
class FusedLayersTest {
    private static final String KEYS = "\"num_hidden_layers\": 2, \"rms_norm_eps\": 1e-5";

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu"})
    void windowsOfTheResultAreTheSeparateLayers(String device) throws IOException {
        String llama = TinyModels.config("llama", KEYS);
        Path apart = Files.createDirectory(folder.resolve("apart"));
        ModelConfig config = HuggingFaceConfig.readFile(Files.writeString(apart.resolve("config.json"), llama));
        Map<String, float[]> weights = TinyModels.weights(config);
        TinyModels.write(apart, llama, weights);
        Map<String, float[]> fused = new LinkedHashMap<>(weights);
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            String attention = "model.layers." + layer + ".self_attn.";
            String mlp = "model.layers." + layer + ".mlp.";
            fused.put(
                    attention + "qkv_proj.weight",
                    joined(weights, attention + "q_proj", attention + "k_proj", attention + "v_proj"));
            fused.put(mlp + "gate_up_proj.weight", joined(weights, mlp + "gate_proj", mlp + "up_proj"));
        }
        Path together = TinyModels.write(folder.resolve("together"), TinyModels.config("phi3", KEYS), fused);
        assertThat(logits(together, device)).isEqualTo(logits(apart, device));
    }

    private static float[] joined(Map<String, float[]> weights, String... names) {
        int length = 0;
        for (String name : names) {
            length += weights.get(name + ".weight").length;
        }
        float[] all = new float[length];
        int at = 0;
        for (String name : names) {
            float[] part = weights.get(name + ".weight");
            System.arraycopy(part, 0, all, at, part.length);
            at += part.length;
        }
        return all;
    }

    private static float[] logits(Path model, String device) {
        try (Backend backend = Backends.choose(device, 2);
                ModelSource source = ModelSource.open(model);
                Decoder decoder = Decoder.load(source.config(), source.weights(), backend, null, Precision.F32)) {
            return Scoring.of(decoder, new int[] {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5}, new int[] {2, 7, 1})
                    .logits();
        }
    }
}
