package dev.errata.model.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.errata.model.config.RopeConfig.Scaling;
import dev.errata.model.family.Families;
import dev.errata.model.family.SoftCaps;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HuggingFaceConfigTest {
    private static final Path MODELS = Path.of("src", "test", "resources", "oracle", "models");

    @TempDir
    private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"llama2-mha", "llama3-gqa-tied"})
    void readsTheLayoutsOfTransformers4And5Alike(String name) {
        ModelConfig newer = HuggingFaceConfig.readFile(MODELS.resolve(name).resolve("config.json"));
        ModelConfig older = HuggingFaceConfig.readFile(MODELS.resolve(name).resolve("config.v4.json"));
        assertThat(older).isEqualTo(newer);
    }

    @Test
    void readsEveryKeyOfALlama3Config() {
        ModelConfig config = HuggingFaceConfig.read(MODELS.resolve("llama3-gqa-tied"));
        assertThat(config)
                .isEqualTo(new ModelConfig(
                        Families.ofType("llama").orElseThrow(),
                        384,
                        64,
                        128,
                        3,
                        8,
                        2,
                        8,
                        1e-5f,
                        512,
                        true,
                        false,
                        false,
                        false,
                        (float) (1 / Math.sqrt(8)),
                        SoftCaps.NONE,
                        0,
                        Set.of(),
                        new RopeConfig(500000, new Scaling.Llama3(8, 1, 4, 64)),
                        0.02f,
                        1,
                        List.of(2)));
        assertThat(config.queryWidth()).isEqualTo(64);
        assertThat(config.keyValueWidth()).isEqualTo(16);
    }

    private static final String SMALL =
            "\"vocab_size\": 10, \"hidden_size\": 12, \"intermediate_size\": 20, \"num_hidden_layers\": 1, "
                    + "\"num_attention_heads\": 3";

    private ModelConfig read(String keys) throws IOException {
        Files.writeString(folder.resolve("config.json"), "{" + SMALL + ", " + keys + "}");
        return HuggingFaceConfig.read(folder);
    }

    @Test
    void takesTheOldNameOfTheRopeType() throws IOException {
        ModelConfig config =
                read("\"model_type\": \"llama\", \"rope_scaling\": {\"type\": \"linear\", \"factor\": 4.0}");
        assertThat(config.rope()).isEqualTo(new RopeConfig(10000, new Scaling.Linear(4)));
        assertThat(config.numKeyValueHeads()).isEqualTo(3);
        assertThat(config.headDim()).isEqualTo(4);
    }

    @Test
    void qwen2HasBiasesAndUsesItsWindowOnlyIfTold() throws IOException {
        ModelConfig config = read("\"model_type\": \"qwen2\", \"num_key_value_heads\": 3, \"sliding_window\": 8");
        assertThat(config.queryKeyValueBias()).isTrue();
        assertThat(config.outputBias()).isFalse();
        assertThat(config.slidingWindow()).isZero();
        assertThat(read("\"model_type\": \"mistral\", \"num_key_value_heads\": 3, \"sliding_window\": 8")
                        .slidingWindow())
                .isEqualTo(8);
    }

    @Test
    void whatNoKeySaysIsWhatTheFamilySays() throws IOException {
        ModelConfig llama = read("\"model_type\": \"llama\"");
        assertThat(llama.numKeyValueHeads()).isEqualTo(3);
        assertThat(llama.maxPositionEmbeddings()).isEqualTo(2048);
        assertThat(llama.eosTokenIds()).containsExactly(2);
        assertThat(llama.bosTokenId()).isEqualTo(1);
        ModelConfig mistral = read("\"model_type\": \"mistral\", \"num_attention_heads\": 8, \"hidden_size\": 16");
        assertThat(mistral.numKeyValueHeads()).isEqualTo(8);
        assertThat(mistral.slidingWindow(0)).isEqualTo(4096);
        ModelConfig qwen3 = read("\"model_type\": \"qwen3\", \"num_attention_heads\": 32, \"hidden_size\": 64");
        assertThat(qwen3.numKeyValueHeads()).isEqualTo(32);
        assertThat(qwen3.headDim()).isEqualTo(128);
        assertThat(qwen3.maxPositionEmbeddings()).isEqualTo(32768);
        assertThat(qwen3.eosTokenIds()).isEmpty();
        assertThat(qwen3.bosTokenId()).isEqualTo(-1);
    }

    @Test
    void nullIsNotTheSameAsNoKey() throws IOException {
        ModelConfig mistral = read("\"model_type\": \"mistral\", \"num_key_value_heads\": null, "
                + "\"sliding_window\": null, \"head_dim\": null, \"eos_token_id\": null");
        assertThat(mistral.numKeyValueHeads()).isEqualTo(3);
        assertThat(mistral.headDim()).isEqualTo(4);
        assertThat(mistral.slidingWindow(0)).isZero();
        assertThat(mistral.eosTokenIds()).isEmpty();
    }

    @Test
    void layersSlideFromMaxWindowLayersOnOrAsLayerTypesSay() throws IOException {
        String window = "\"model_type\": \"qwen2\", \"num_key_value_heads\": 3, \"num_hidden_layers\": 3, "
                + "\"use_sliding_window\": true, \"sliding_window\": 6.0, \"max_window_layers\": 1";
        ModelConfig counted = read(window);
        assertThat(IntStream.range(0, 3).map(counted::slidingWindow)).containsExactly(0, 6, 6);
        ModelConfig named =
                read(window + ", \"layer_types\": [\"sliding_attention\", \"full_attention\", \"sliding_attention\"]");
        assertThat(IntStream.range(0, 3).map(named::slidingWindow)).containsExactly(6, 0, 6);
    }

    @Test
    void keysThatAFamilyHasNotAreNotRead() throws IOException {
        ModelConfig mistral = read(
                "\"model_type\": \"mistral\", \"num_key_value_heads\": 3, \"attention_bias\": true, \"mlp_bias\": true");
        assertThat(mistral.queryKeyValueBias()).isFalse();
        assertThat(mistral.mlpBias()).isFalse();
        ModelConfig llama = read("\"model_type\": \"llama\", \"sliding_window\": 4, \"use_sliding_window\": true");
        assertThat(llama.slidingWindow()).isZero();
    }

    @Test
    void phi3HasAPartOfEachHeadTurnedAndItsOldNamesOfLongRope() throws IOException {
        String longRope = "\"model_type\": \"phi3\", \"num_attention_heads\": 1, \"partial_rotary_factor\": 0.5, "
                + "\"max_position_embeddings\": 64, \"original_max_position_embeddings\": 16, "
                + "\"rope_scaling\": {\"type\": \"su\", \"short_factor\": [1, 2, 3], \"long_factor\": [4, 5, 6]}";
        ModelConfig config = read(longRope);
        assertThat(config.rope().turned(config.headDim())).isEqualTo(6);
        assertThat(config.rope().inverseFrequencies(12, 17)).hasSize(3);
        assertThat(config.rope().commonLength()).isEqualTo(16);
        assertThat(config.rope().attentionFactor())
                .isCloseTo((float) Math.sqrt(1 + Math.log(4) / Math.log(16)), within(1e-6f));
        assertThat(config.slidingWindow()).isZero();
        ModelConfig plain = read("\"model_type\": \"phi3\", \"sliding_window\": 9");
        assertThat(plain.rmsNormEps()).isEqualTo(1e-5f);
        assertThat(plain.eosTokenIds()).containsExactly(32000);
        assertThat(plain.slidingWindow(0)).isEqualTo(9);
        assertThat(plain.rope().turned(4)).isEqualTo(4);
        ModelConfig newer = read(
                "\"model_type\": \"phi3\", \"num_attention_heads\": 1, "
                        + "\"rope_parameters\": {\"rope_type\": \"default\", \"partial_rotary_factor\": 0.5, \"rope_theta\": 7.0}");
        assertThat(newer.rope()).isEqualTo(new RopeConfig(7, 0.5, new Scaling.Default()));
    }

    @Test
    void gemma2CapsScoresAndLogitsAndSlidesOnEverySecondLayer() throws IOException {
        String layers = "\"model_type\": \"gemma2\", \"num_key_value_heads\": 3, \"num_hidden_layers\": 3";
        ModelConfig silent = read(layers);
        assertThat(silent.headDim()).isEqualTo(256);
        assertThat(silent.softCaps()).isEqualTo(new SoftCaps(50, 30));
        assertThat(silent.attentionScale()).isEqualTo(1 / 16f);
        assertThat(silent.tieWordEmbeddings()).isTrue();
        assertThat(IntStream.range(0, 3).map(silent::slidingWindow)).containsExactly(4096, 0, 4096);
        ModelConfig told = read(layers + ", \"head_dim\": 6, \"query_pre_attn_scalar\": 4, \"sliding_window\": 5, "
                + "\"attn_logit_softcapping\": null, \"final_logit_softcapping\": 2.5, \"attention_bias\": true, "
                + "\"layer_types\": [\"full_attention\", \"sliding_attention\", \"full_attention\"]");
        assertThat(told.softCaps()).isEqualTo(new SoftCaps(0, 2.5f));
        assertThat(told.attentionScale()).isEqualTo(0.5f);
        assertThat(told.outputBias()).isTrue();
        assertThat(IntStream.range(0, 3).map(told::slidingWindow)).containsExactly(0, 5, 0);
        ModelConfig llama = read("\"model_type\": \"llama\", \"final_logit_softcapping\": 2.5");
        assertThat(llama.softCaps()).isEqualTo(SoftCaps.NONE);
    }

    @Test
    void generationConfigOverridesTheEndTokens() throws IOException {
        Files.writeString(folder.resolve("generation_config.json"), "{\"eos_token_id\": [7, 8]}");
        assertThat(read("\"model_type\": \"llama\", \"eos_token_id\": 2").eosTokenIds())
                .containsExactly(7, 8);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "\"model_type\": \"mumble\" | mumble",
                "\"architectures\": [] | model_type",
                "\"model_type\": \"llama\", \"hidden_act\": \"gelu\" | gelu",
                "\"model_type\": \"llama\", \"num_key_value_heads\": 2 | do not fit together",
                "\"model_type\": \"llama\", \"rope_scaling\": {\"rope_type\": \"su\"} | rope scaling su",
                "\"model_type\": \"llama\", \"rope_scaling\": {\"rope_type\": \"linear\"} | factor",
                "\"model_type\": \"llama\", \"rope_scaling\": {\"type\": \"llama3\", \"factor\": 8} | low_freq_factor",
                "\"model_type\": \"llama\", \"rope_theta\": 0 | rope_theta",
                "\"model_type\": \"llama\", \"partial_rotary_factor\": 0.5 | partial_rotary_factor",
                "\"model_type\": \"phi3\", \"partial_rotary_factor\": 0.3 | partial_rotary_factor 0.3 turns 1",
                "\"model_type\": \"phi3\", \"partial_rotary_factor\": 1.5 | partial_rotary_factor 1.5",
                "\"model_type\": \"phi3\", \"hidden_act\": \"gelu_pytorch_tanh\" | gelu_pytorch_tanh",
                "\"model_type\": \"gemma2\", \"num_key_value_heads\": 3, \"hidden_activation\": \"gelu\" | gelu",
                "\"model_type\": \"gemma2\", \"num_key_value_heads\": 3, \"attn_logit_softcapping\": 0 | softcapping",
                "\"model_type\": \"gemma2\", \"use_bidirectional_attention\": true | use_bidirectional_attention",
                "\"model_type\": \"llama\", \"quantization_config\": {} | not in 4 bits",
                "\"model_type\": | config.json"
            })
    void namesWhatItCannotUse(String keys, String named) {
        assertThatThrownBy(() -> read(keys))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(named)
                .hasMessageContaining("config.json");
    }

    @Test
    void llama3FrequenciesAreThoseOfTransformers() {
        Scaling scaling = new Scaling.Llama3(8, 1, 4, 64);
        assertFrequencies(
                new RopeConfig(500000, scaling),
                8,
                1.0,
                0.004700753866357992,
                0.00017677669529663688,
                6.647869871181236e-06);
        // Wavelengths 6, 20, 63 and 199: kept, two blended, divided.
        assertFrequencies(
                new RopeConfig(100, scaling), 8, 1.0, 0.24438459943539834, 0.013042256043820465, 0.003952847075210474);
    }

    @Test
    void linearFrequenciesAreDividedByTheFactor() {
        assertFrequencies(
                new RopeConfig(10000, new Scaling.Linear(4)),
                16,
                0.25,
                0.07905694150420949,
                0.025,
                0.007905694150420948,
                0.0025,
                0.000790569415042095,
                0.00025,
                7.905694150420948e-05);
    }

    @Test
    void eachFrequencyMayHaveAFactorOfItsOwn() {
        Scaling scaling = new Scaling.PerFrequency(new float[] {1, 2});
        assertFrequencies(new RopeConfig(10000, scaling), 4, 1, 0.005);
    }

    /** The numbers were computed in f64 by transformers' formulas. */
    private static void assertFrequencies(RopeConfig rope, int headDim, double... expected) {
        float[] frequencies = rope.inverseFrequencies(headDim);
        assertThat(frequencies).hasSize(expected.length);
        for (int i = 0; i < expected.length; i++) {
            assertThat((double) frequencies[i]).isCloseTo(expected[i], within(3e-7 * expected[i]));
        }
    }

    @Test
    void refusesAConfigThatNestsTooDeepWithoutALine() throws IOException {
        Files.writeString(folder.resolve("config.json"), "{\"rope_scaling\":".repeat(3000));
        assertThatThrownBy(() -> HuggingFaceConfig.read(folder))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("config.json");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"num_hidden_layers\": 2147483647, \"use_sliding_window\": true, \"max_window_layers\": 2147483647",
                "\"num_hidden_layers\": 1, \"num_attention_heads\": 65536, \"head_dim\": 65536",
                "\"num_hidden_layers\": 1, \"vocab_size\": 2147483647"
            })
    void refusesSizesThatNoModelHas(String sizes) throws IOException {
        Files.writeString(
                folder.resolve("config.json"),
                "{\"model_type\": \"qwen2\", \"hidden_size\": 64, \"intermediate_size\": 64, \"num_key_value_heads\": 2, "
                        + (sizes.contains("vocab") ? "" : "\"vocab_size\": 10, ")
                        + (sizes.contains("heads\": 6") ? "" : "\"num_attention_heads\": 4, ")
                        + sizes + "}");
        assertThatThrownBy(() -> HuggingFaceConfig.read(folder))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("config.json");
    }
}
