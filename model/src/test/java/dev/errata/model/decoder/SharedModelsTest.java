package dev.errata.model.decoder;

import static org.assertj.core.api.Assumptions.assumeThat;

import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import java.nio.file.Path;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The other families: biases, norms of q and k, sliding windows, fused layers, soft caps; several files. */
class SharedModelsTest {
    @ParameterizedTest
    @CsvSource({
        "oracle, llama3-gqa-sharded",
        "oracle, mistral-sw",
        "oracle, qwen2-bias",
        "oracle, qwen3-qknorm",
        "oracle, llama-bias-linear",
        "oracle-families, phi3-fused",
        "oracle-families, gemma2-softcap"
    })
    void givesTransformersLogits(String recorded, String name) {
        String shared = System.getProperty(
                "errata.shared", Path.of("..", "..", "shared").toString());
        RecordedModel model = new RecordedModel(Path.of(shared, recorded, "models", name));
        assumeThat(model.folder()).as("recorded data, absent here").exists();
        try (Backend backend = Backends.choose("cpu", 2);
                Decoder decoder = model.load(backend)) {
            float[] logits = Scoring.of(decoder, model.rows("a.input_ids")).logits();
            DecoderTest.assertClose(name, logits, model.floats("a.logits"), 2e-4);
        }
    }
}
