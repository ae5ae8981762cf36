package dev.errata.model.family;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Precision;
import dev.errata.model.decoder.Scoring;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class Gemma2Test {
    private static final int[] TEXT = {2, 7, 1, 8, 28, 18, 28, 4, 5, 9, 39, 0, 3};

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"reference", "cpu"})
    void isThePlainFormInDoublePrecision(String device) throws IOException {
        Path model = TinyModels.write(folder, "gemma2");
        ModelConfig config = HuggingFaceConfig.read(model);
        Map<String, float[]> weights = TinyModels.weights(config);
        double[][] expected = new PlainGemma2(32, 4, 2, 12, 48, 5, 4, 6, 12, weights).logits(TEXT, 3);
        try (Backend backend = Backends.choose(device, 2);
                ModelSource source = ModelSource.open(model);
                Decoder decoder = Decoder.load(source.config(), source.weights(), backend, null, Precision.F32)) {
            float[] logits = Scoring.of(decoder, TEXT).logits();
            double largest = 0;
            for (int t = 0; t < TEXT.length; t++) {
                for (int v = 0; v < config.vocabSize(); v++) {
                    double wanted = expected[t][v];
                    assertThat((double) logits[t * config.vocabSize() + v])
                            .as("token %d, logit %d", t, v)
                            .isCloseTo(wanted, within(2e-4));
                    largest = Math.max(largest, Math.abs(wanted));
                }
            }
            assertThat(largest).as("logits bend towards their cap").isGreaterThan(4);
        }
    }
}
