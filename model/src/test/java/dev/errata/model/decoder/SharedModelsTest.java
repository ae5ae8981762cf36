package dev.errata.model.decoder;

import static org.assertj.core.api.Assumptions.assumeThat;

import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The other families: biases, norms of q and k, sliding windows, several files. */
class SharedModelsTest {
    @ParameterizedTest
    @ValueSource(strings = {"llama3-gqa-sharded", "mistral-sw", "qwen2-bias", "qwen3-qknorm", "llama-bias-linear"})
    void givesTransformersLogits(String name) {
        String shared = System.getProperty(
                "errata.shared", Path.of("..", "..", "shared").toString());
        RecordedModel model = new RecordedModel(Path.of(shared, "oracle", "models", name));
        assumeThat(model.folder()).as("recorded data, absent here").exists();
        try (Backend backend = Backends.choose("cpu", 2);
                Decoder decoder = model.load(backend)) {
            float[] logits = Scoring.of(decoder, model.rows("a.input_ids")).logits();
            DecoderTest.assertClose(name, logits, model.floats("a.logits"), 2e-4);
        }
    }
}
