package dev.errata.model.config;

import dev.errata.quant.FourBitFormat;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * {@code quantization_config} of a {@code config.json}, as transformers writes it for a checkpoint whose linear layers
 * bitsandbytes stored in 4 bits. Which layers these are and their block size is told by the stored tensors alone.
 *
 * @param skipModules names, or ends of names, of modules that were left as they are; may be empty
 */
public record BitsAndBytesConfig(FourBitFormat format, boolean doubleQuant, List<String> skipModules) {
    /** The key of {@code config.json}. */
    public static final String KEY = "quantization_config";

    /**
     * @param folder holds config.json
     * @return nothing where the model is not quantized
     * @throws BadInputException if the file is broken or tells another method than bitsandbytes' 4 bits
     */
    public static Optional<BitsAndBytesConfig> read(Path folder) {
        return of(JsonFields.read(folder.resolve("config.json")));
    }

    /** The same of a file that is read already. */
    static Optional<BitsAndBytesConfig> of(JsonFields config) {
        JsonFields json = config.object(KEY);
        if (json == null) {
            return Optional.empty();
        }
        String method = json.text("quant_method", "bitsandbytes");
        if (!method.equals("bitsandbytes")) {
            throw refused("checkpoint is quantized by " + method, config);
        }
        if (json.flag("load_in_8bit", false)) {
            throw refused("checkpoint is stored in 8 bits", config);
        }
        String type = json.text("bnb_4bit_quant_type", "fp4");
        if (!json.flag("load_in_4bit", false)) {
            throw refused("checkpoint is quantized, but not in 4 bits", config);
        }
        FourBitFormat format = FourBitFormat.named(type)
                .orElseThrow(() -> refused("bnb_4bit_quant_type " + type + " is not known", config));
        return Optional.of(new BitsAndBytesConfig(
                format, json.flag("bnb_4bit_use_double_quant", false), json.texts("llm_int8_skip_modules")));
    }

    private static BadInputException refused(String what, JsonFields config) {
        return new BadInputException(
                what,
                config.where() + ", " + KEY,
                "use the checkpoint it was made from; of quantized ones bitsandbytes' nf4 and fp4 are read");
    }

    /**
     * The object that transformers writes under {@link #KEY}, with all of its keys.
     *
     * @param computeType torch's name of the type that the checkpoint had, as {@code bfloat16}
     */
    public Map<String, Object> toJson(String computeType) {
        Map<String, Object> json = new LinkedHashMap<>();
        json.put("_load_in_4bit", true);
        json.put("_load_in_8bit", false);
        json.put("bnb_4bit_compute_dtype", computeType);
        json.put("bnb_4bit_quant_storage", "uint8");
        json.put("bnb_4bit_quant_type", format.formatName());
        json.put("bnb_4bit_use_double_quant", doubleQuant);
        json.put("llm_int8_enable_fp32_cpu_offload", false);
        json.put("llm_int8_has_fp16_weight", false);
        json.put("llm_int8_skip_modules", skipModules.isEmpty() ? null : skipModules);
        json.put("llm_int8_threshold", 6.0);
        json.put("load_in_4bit", true);
        json.put("load_in_8bit", false);
        json.put("quant_method", "bitsandbytes");
        return json;
    }
}
