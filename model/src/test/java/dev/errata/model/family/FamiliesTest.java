package dev.errata.model.family;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.convert.ConfigJson;
import dev.errata.model.convert.ModelToGguf;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Precision;
import dev.errata.model.decoder.Scoring;
import dev.errata.model.file.GgufFile;
import dev.errata.model.weights.DecoderLayout;
import dev.errata.model.weights.GgufNames;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backend;
import dev.errata.tensor.ggml.GgmlType;
import dev.errata.tensor.reference.ReferenceBackend;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What must hold for every family of the table, those to come among them. */
class FamiliesTest {
    private static final int[] TEXT = {1, 5, 9, 3, 15, 0, 7, 39, 22, 4, 4, 31};

    @TempDir
    private Path folder;

    static Stream<String> types() {
        return Families.all().stream().map(ModelFamily::modelType);
    }

    private static float[] logits(ModelSource source, Precision precision) {
        try (Backend backend = new ReferenceBackend();
                Decoder decoder = Decoder.load(source.config(), source.weights(), backend, null, precision)) {
            return Scoring.of(decoder, TEXT).logits();
        }
    }

    @ParameterizedTest
    @MethodSource("types")
    void hasOneFormOfAttentionAndOfTheFeedForwardNetwork(String type) {
        ModelFamily family = Families.ofType(type).orElseThrow();
        assertThat(family.has(BlockPart.QUERY_KEY_VALUE))
                .isNotEqualTo(family.has(BlockPart.QUERY))
                .isNotEqualTo(family.has(BlockPart.KEY))
                .isNotEqualTo(family.has(BlockPart.VALUE));
        assertThat(family.has(BlockPart.GATE_UP))
                .isNotEqualTo(family.has(BlockPart.GATE))
                .isNotEqualTo(family.has(BlockPart.UP));
        for (BlockPart part :
                List.of(BlockPart.INPUT_NORM, BlockPart.OUTPUT, BlockPart.FEED_FORWARD_NORM, BlockPart.DOWN)) {
            assertThat(family.has(part)).as("" + part).isTrue();
        }
        assertThat(family.block()).extracting(BlockTensor::name).doesNotHaveDuplicates();
        assertThat(family.block()).extracting(BlockTensor::ggufName).doesNotHaveDuplicates();
        for (BlockTensor tensor : family.block()) {
            String name = "model.layers.7." + tensor.name() + ".weight";
            assertThat(DecoderLayout.isLinearWeight(name))
                    .isEqualTo(tensor.part().isLinear());
            assertThat(DecoderLayout.isNorm(name)).isNotEqualTo(tensor.part().isLinear());
            assertThat(GgufNames.toHuggingFace(family, GgufNames.toGguf(family, name)))
                    .isEqualTo(name);
        }
    }

    /** The same numbers from a folder, a GGUF file of it, and a folder of that. */
    @ParameterizedTest
    @MethodSource("types")
    void goesThroughAGgufFileAndBack(String type) throws IOException {
        Path model = TinyModels.write(folder.resolve("model"), type);
        Path gguf = folder.resolve("m.gguf");
        List<String> notes = new ArrayList<>();
        ModelConfig config;
        float[] expected;
        try (ModelSource source = ModelSource.open(model)) {
            config = source.config();
            ModelToGguf.write(source, Map.of(), GgmlType.F32, gguf, notes::add, bytes -> {});
            expected = logits(source, Precision.F32);
        }
        Map<String, Object> keys;
        try (Arena arena = Arena.ofConfined()) {
            keys = GgufFile.open(gguf, arena).metadata().values();
        }
        try (ModelSource back = ModelSource.open(gguf)) {
            float[] actual = logits(back, Precision.F32);
            for (int i = 0; i < expected.length; i++) {
                assertThat(actual[i]).isCloseTo(expected[i], org.assertj.core.api.Assertions.within(1e-5f));
            }
            Files.writeString(
                    folder.resolve("config.json"),
                    ConfigJson.of(back.config(), keys, "float32", gguf.toString())
                            .toString());
        }
        ModelConfig again = HuggingFaceConfig.read(folder);
        assertThat(again.family()).isEqualTo(config.family());
        assertThat(again.softCaps()).isEqualTo(config.softCaps());
        assertThat(again.attentionScale()).isEqualTo(config.attentionScale());
        assertThat(again.rope().inverseFrequencies(config.headDim()))
                .isEqualTo(config.rope().inverseFrequencies(config.headDim()));
        assertThat(again.rope().attentionFactor()).isEqualTo(config.rope().attentionFactor());
        for (int layer = 0; layer < config.numHiddenLayers(); layer++) {
            assertThat(again.slidingWindow(layer)).isEqualTo(config.slidingWindow(layer));
        }
        boolean runsWithoutWindow =
                config.slidingWindow() > 0 && !config.family().gguf().hasWindows();
        assertThat(notes).hasSize(runsWithoutWindow ? 1 : 0);
    }

    @ParameterizedTest
    @MethodSource("types")
    void bf16StaysNearF32(String type) throws IOException {
        Path model = TinyModels.write(folder.resolve("model"), type);
        float[] f32;
        float[] bf16;
        try (ModelSource source = ModelSource.open(model)) {
            f32 = logits(source, Precision.F32);
        }
        try (ModelSource source = ModelSource.open(model)) {
            bf16 = logits(source, Precision.BF16);
        }
        double distance = 0;
        double size = 0;
        for (int i = 0; i < f32.length; i++) {
            distance += Math.pow(f32[i] - bf16[i], 2);
            size += Math.pow(f32[i], 2);
        }
        assertThat(Math.sqrt(distance / size)).isPositive().isLessThan(0.1);
    }
}
