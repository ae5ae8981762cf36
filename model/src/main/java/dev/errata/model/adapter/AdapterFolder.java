package dev.errata.model.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.config.JsonFields;
import dev.errata.model.file.AtomicFile;
import dev.errata.model.file.SafetensorsFile;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.file.TensorEntry;
import dev.errata.tensor.BadInputException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** PEFT's folder of an adapter: adapter_config.json and adapter_model.safetensors. */
public final class AdapterFolder {
    public static final String CONFIG = "adapter_config.json";
    public static final String WEIGHTS = "adapter_model.safetensors";
    private static final String PREFIX = "base_model.model.";

    private AdapterFolder() {}

    /** The name under which PEFT stores a module's matrix; {@code side} is A or B. */
    public static String tensorName(String module, char side) {
        return PREFIX + module + ".lora_" + side + ".weight";
    }

    /**
     * @throws BadInputException if the config is missing or asks for what this version doesn't do
     */
    public static LoraConfig readConfig(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new BadInputException("adapter is not there", folder.toString(), "give PEFT's folder of an adapter");
        }
        JsonFields json = JsonFields.read(folder.resolve(CONFIG));
        if (!json.text("peft_type", "LORA").equals("LORA")) {
            throw unsupported(json, "peft_type " + json.text("peft_type", ""));
        }
        for (String switched : List.of("use_dora", "use_qalora", "lora_bias", "fan_in_fan_out")) {
            if (json.flag(switched, false)) {
                throw unsupported(json, switched);
            }
        }
        if (!json.texts("modules_to_save").isEmpty()) {
            throw unsupported(json, "modules_to_save");
        }
        return new LoraConfig(
                json.text("base_model_name_or_path", null),
                json.size("r"),
                json.number("lora_alpha", 8),
                json.number("lora_dropout", 0),
                json.texts("target_modules"),
                json.flag("use_rslora", false),
                ranks(json.object("rank_pattern")),
                alphas(json.object("alpha_pattern")));
    }

    /** The adapter's tensors by PEFT's names, mapped while the arena is open. */
    public static Map<String, TensorEntry> readWeights(Path folder, Arena arena) {
        return SafetensorsFile.open(folder.resolve(WEIGHTS), arena).entries();
    }

    /** Writes both files; the config comes first, so that weights under their final name are complete. */
    public static void write(Path folder, LoraConfig config, List<String> modules, List<TensorEntry> weights) {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode json = mapper.createObjectNode();
        json.set("alpha_pattern", mapper.valueToTree(new TreeMap<>(config.alphaPattern())));
        json.putNull("auto_mapping");
        json.put("base_model_name_or_path", config.baseModel());
        json.put("bias", "none");
        json.put("fan_in_fan_out", false);
        json.put("inference_mode", true);
        json.put("init_lora_weights", true);
        json.putNull("layers_pattern");
        json.putNull("layers_to_transform");
        json.put("lora_alpha", config.loraAlpha());
        json.put("lora_dropout", config.loraDropout());
        json.putNull("modules_to_save");
        json.put("peft_type", "LORA");
        json.put("r", config.r());
        json.set("rank_pattern", mapper.valueToTree(new TreeMap<>(config.rankPattern())));
        json.putNull("revision");
        ArrayNode targets = json.putArray("target_modules");
        targets(config, modules).forEach(targets::add);
        json.put("task_type", "CAUSAL_LM");
        json.put("use_dora", false);
        json.put("use_rslora", config.useRslora());
        try {
            DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
            printer.indentArraysWith(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE);
            AtomicFile.write(folder.resolve(CONFIG), mapper.writer(printer).writeValueAsString(json) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an adapter's config", e);
        }
        SafetensorsWriter.write(folder.resolve(WEIGHTS), Map.of("format", "pt"), weights);
    }

    /** {@code all-linear} is written out, as PEFT does: the last parts of the modules' names. */
    private static List<String> targets(LoraConfig config, List<String> modules) {
        if (!config.targetModules().contains(LoraConfig.ALL_LINEAR)) {
            return config.targetModules().stream().sorted().toList();
        }
        return modules.stream()
                .map(module -> module.substring(module.lastIndexOf('.') + 1))
                .distinct()
                .sorted()
                .toList();
    }

    private static Map<String, Integer> ranks(JsonFields patterns) {
        Map<String, Integer> ranks = new LinkedHashMap<>();
        if (patterns != null) {
            patterns.keys().forEach(key -> ranks.put(key, patterns.size(key)));
        }
        return ranks;
    }

    private static Map<String, Double> alphas(JsonFields patterns) {
        Map<String, Double> alphas = new LinkedHashMap<>();
        if (patterns != null) {
            patterns.keys().forEach(key -> alphas.put(key, patterns.number(key, 1)));
        }
        return alphas;
    }

    private static BadInputException unsupported(JsonFields json, String what) {
        return new BadInputException(what + " is not done by this version", json.where(), "use a plain LoRA adapter");
    }
}
