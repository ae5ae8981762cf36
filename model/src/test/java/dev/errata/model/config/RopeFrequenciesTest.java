package dev.errata.model.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Frequencies and attention factors against those that transformers 5.23.0 computes from the same configs
 * ({@code ROPE_INIT_FUNCTIONS} with {@code seq_len} as the length), in both layouts of a config.
 */
class RopeFrequenciesTest {
    private static final Path CASES = Path.of("src", "test", "resources", "rope", "frequencies.json");

    @TempDir
    private Path folder;

    @Test
    void areThoseOfTransformersForEveryScalingAndLength() throws IOException {
        for (JsonNode recorded : new ObjectMapper().readTree(CASES.toFile())) {
            Files.writeString(
                    folder.resolve("config.json"), recorded.get("config").toString());
            ModelConfig config = HuggingFaceConfig.read(folder);
            int length = recorded.get("length").intValue();
            String what = recorded.get("config") + " at " + length;
            assertThat(config.headDim())
                    .as(what)
                    .isEqualTo(recorded.get("head_dim").intValue());
            assertThat((double) config.rope().attentionFactor())
                    .as(what)
                    .isCloseTo(recorded.get("attention_factor").doubleValue(), within(1e-7));
            float[] frequencies = config.rope().inverseFrequencies(config.headDim(), length);
            JsonNode expected = recorded.get("inverse_frequencies");
            assertThat(frequencies).as(what).hasSize(expected.size());
            for (int i = 0; i < frequencies.length; i++) {
                double value = expected.get(i).doubleValue();
                assertThat((double) frequencies[i]).as(what + ", pair " + i).isCloseTo(value, within(1e-6 * value));
            }
        }
    }
}
