package dev.errata.model.adapter;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorNamesTest {
    private static final String PREFIX = "base_model.model.";

    @ParameterizedTest
    @CsvSource({
        "m.q_proj.lora_A.weight, m.q_proj.lora_A.weight",
        "m.q_proj.lora_B.default.weight, m.q_proj.lora_B.weight",
        "m.q_proj.lora_magnitude_vector, m.q_proj.lora_magnitude_vector",
        "m.q_proj.lora_magnitude_vector.weight, m.q_proj.lora_magnitude_vector",
        "m.q_proj.lora_magnitude_vector.mine.weight, m.q_proj.lora_magnitude_vector",
        "m.embed_tokens.lora_embedding_A, m.embed_tokens.lora_embedding_A",
        "m.embed_tokens.lora_embedding_B.default, m.embed_tokens.lora_embedding_B",
        "lm_head.modules_to_save.default.weight, lm_head.weight",
        "lm_head.base_layer.weight, lm_head.weight",
        "m.q_proj.base_layer.bias, m.q_proj.bias",
        "m.norm.weight, m.norm.weight"
    })
    void loseTheAdaptersOwnNameAndWrappers(String stored, String plain) {
        assertThat(TensorNames.plain(PREFIX + stored)).isEqualTo(PREFIX + plain);
        assertThat(TensorNames.plain(stored)).isEqualTo(PREFIX + plain);
    }

    @Test
    void aWrappersCopyOfTheBaseIsPassedOver() {
        assertThat(TensorNames.plain(PREFIX + "lm_head.original_module.weight")).isNull();
    }
}
