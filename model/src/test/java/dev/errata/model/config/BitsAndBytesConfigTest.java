package dev.errata.model.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.errata.quant.FourBitFormat;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BitsAndBytesConfigTest {
    private static final Path RECORDED =
            Path.of("src", "test", "resources", "oracle", "hf4bit", "llama2-nf4-dq", "config.json");

    @TempDir
    private Path folder;

    private Path config(String quantization) throws IOException {
        Files.writeString(
                folder.resolve("config.json"),
                "{\"model_type\": \"llama\", \"quantization_config\": " + quantization + "}");
        return folder;
    }

    @Test
    void readsAndWritesWhatTransformersWrote() throws IOException {
        BitsAndBytesConfig config =
                BitsAndBytesConfig.read(RECORDED.getParent()).orElseThrow();
        assertThat(config).isEqualTo(new BitsAndBytesConfig(FourBitFormat.NF4, true, List.of()));
        ObjectMapper mapper = new ObjectMapper();
        JsonNode recorded = mapper.readTree(RECORDED.toFile()).get("quantization_config");
        assertThat((Object) mapper.valueToTree(config.toJson("float32"))).isEqualTo(recorded);
        assertThat(HuggingFaceConfig.readFile(RECORDED).hiddenSize()).isEqualTo(64);
    }

    @Test
    void readsModulesThatWereLeftOutAndOlderFilesWithoutAMethod() throws IOException {
        Path model = config("{\"load_in_4bit\": true, \"llm_int8_skip_modules\": [\"lm_head\", \"q_proj\"]}");
        assertThat(BitsAndBytesConfig.read(model))
                .contains(new BitsAndBytesConfig(FourBitFormat.FP4, false, List.of("lm_head", "q_proj")));
    }

    @Test
    void aModelWithoutTheKeyIsNotQuantized() throws IOException {
        assertThat(BitsAndBytesConfig.read(config("null"))).isEmpty();
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "{'quant_method': 'gptq', 'bits': 4} | quantized by gptq",
                "{'quant_method': 'awq'} | quantized by awq",
                "{'quant_method': 'bitsandbytes', 'load_in_8bit': true} | 8 bits",
                "{'quant_method': 'bitsandbytes', 'load_in_8bit': true, 'load_in_4bit': true} | 8 bits",
                "{'quant_method': 'bitsandbytes'} | not in 4 bits",
                "{'load_in_4bit': true, 'bnb_4bit_quant_type': 'int4'} | int4",
                "'nf4' | quantization_config"
            },
            quoteCharacter = '`')
    void refusesOtherMethodsInOneSentence(String quantization, String words) throws IOException {
        Path model = config(quantization.replace('\'', '"'));
        assertThatThrownBy(() -> HuggingFaceConfig.read(model))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(words)
                .hasMessageContaining("config.json");
    }
}
