package dev.errata.model.adapter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class AdapterConfigFileTest {
    @TempDir
    private Path folder;

    private LoraSpec read(String keys) throws IOException {
        String json = "{\"peft_type\": \"LORA\", \"r\": 4, \"target_modules\": [\"q_proj\"]" + keys + "}";
        Files.writeString(folder.resolve(AdapterFolder.CONFIG), json);
        return AdapterFolder.readConfig(folder);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\"use_qalora\": true",
                "\"lora_bias\": true",
                "\"alora_invocation_tokens\": [1, 2]",
                "\"trainable_token_indices\": [5]",
                "\"target_parameters\": [\"experts.gate\"]",
                "\"layer_replication\": [[0, 1]]",
                "\"megatron_config\": {\"a\": 1}",
                "\"arrow_config\": {\"top_k\": 3}",
                "\"velora_config\": {\"a\": 1}",
                "\"init_lora_weights\": \"pissa_niter_4\"",
                "\"init_lora_weights\": \"olora\"",
                "\"init_lora_weights\": \"loftq\"",
                "\"bias\": \"some\"",
                "\"lora_dropout\": 1.5",
                "\"r\": 0"
            })
    void whatChangesTheArithmeticAndIsNotDoneIsRefusedByName(String key) {
        String name = key.substring(1, key.indexOf('"', 1));
        assertThatThrownBy(() -> read(", " + key))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(name)
                .hasMessageContaining(AdapterFolder.CONFIG);
    }

    @Test
    void whatDoesNotChangeTheArithmeticIsPassedOver() throws IOException {
        LoraSpec config =
                read(", \"a_new_key\": 7, \"megatron_core\": \"megatron.core\", \"eva_config\": {\"rho\": 2.0},"
                        + " \"init_lora_weights\": \"gaussian\", \"use_qalora\": false, \"qalora_group_size\": 16,"
                        + " \"loftq_config\": {}, \"trainable_token_indices\": null, \"fan_in_fan_out\": true");
        assertThat(config.r()).isEqualTo(4);
        assertThat(config.loraAlpha()).isEqualTo(8);
        assertThat(config.useDora()).isFalse();
        assertThat(config.saved()).isEqualTo(SavedModules.NONE);
    }

    @Test
    void otherMethodsAreRefused() throws IOException {
        Files.writeString(folder.resolve(AdapterFolder.CONFIG), "{\"peft_type\": \"IA3\"}");
        assertThatThrownBy(() -> AdapterFolder.readConfig(folder)).hasMessageContaining("peft_type IA3");
    }

    @Test
    void everySettingComesBackFromTheFile() throws IOException {
        LoraSpec config = read(", \"use_dora\": true, \"use_rslora\": true, \"lora_alpha\": 5.5, \"bias\": \"all\","
                + " \"modules_to_save\": [\"norm\", \"lm_head\"], \"ensure_weight_tying\": true,"
                + " \"exclude_modules\": \".*0.*\", \"layers_to_transform\": 1, \"layers_pattern\": \"layers\","
                + " \"rank_pattern\": {\"q_proj\": 2}, \"alpha_pattern\": {\"q_proj\": 3}");
        Path again = folder.resolve("again");
        AdapterFolder.write(again, config, List.of("model.layers.1.self_attn.q_proj"), List.of());
        LoraSpec read = AdapterFolder.readConfig(again);
        assertThat(read.targets()).isEqualTo(config.targets());
        assertThat(read.saved().modules())
                .containsExactlyInAnyOrderElementsOf(config.saved().modules());
        assertThat(read.saved().bias()).isEqualTo("all");
        assertThat(read.saved().tied()).isTrue();
        assertThat(read.useDora()).isTrue();
        assertThat(read.useRslora()).isTrue();
        assertThat(read.loraAlpha()).isEqualTo(5.5);
        assertThat(read.rankPattern()).isEqualTo(config.rankPattern());
        assertThat(read.alphaPattern()).isEqualTo(config.alphaPattern());
    }

    @Test
    void anExpressionStaysAnExpression() throws IOException {
        Files.writeString(
                folder.resolve(AdapterFolder.CONFIG), "{\"peft_type\": \"LORA\", \"target_modules\": \".*q_proj\"}");
        LoraSpec config = AdapterFolder.readConfig(folder);
        assertThat(config.r()).isEqualTo(8);
        AdapterFolder.write(folder.resolve("again"), config, List.of(), List.of());
        assertThat(AdapterFolder.readConfig(folder.resolve("again")).targets().expression())
                .isEqualTo(".*q_proj");
    }

    @Test
    void pickledWeightsAreRefused() throws IOException {
        Files.createFile(folder.resolve("adapter_model.bin"));
        try (Arena arena = Arena.ofConfined()) {
            assertThatThrownBy(() -> AdapterFolder.readWeights(folder, arena))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("adapter_model.bin")
                    .hasMessageContaining("adapter_model.safetensors");
        }
    }
}
