package dev.errata.model.adapter;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.config.JsonFields;
import dev.errata.model.file.AtomicFile;
import dev.errata.model.json.JsonText;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * PEFT's adapter_config.json. As with PEFT, keys that don't change what is computed are passed over; those that do, and
 * aren't done here, are refused by name.
 */
final class AdapterConfigFile {
    /** Keys that change the arithmetic when they are set at all. */
    private static final List<String> REFUSED = List.of(
            "use_qalora",
            "lora_bias",
            "alora_invocation_tokens",
            "trainable_token_indices",
            "target_parameters",
            "layer_replication",
            "megatron_config",
            "arrow_config",
            "use_bdlora",
            "kasa_config",
            "monteclora_config",
            "velora_config");

    /** Ways to begin that leave the base as it is; with others PEFT changes it again on loading. */
    private static final List<String> PLAIN_STARTS = List.of("gaussian", "eva", "orthogonal");

    private AdapterConfigFile() {}

    /**
     * @throws BadInputException if the file can't be read or asks for what this version doesn't do; it names the key
     */
    static LoraSpec read(Path file) {
        JsonFields json = JsonFields.read(file);
        if (!json.text("peft_type", "LORA").equals("LORA")) {
            throw refused(json, "peft_type " + json.text("peft_type", ""), "give a LoRA adapter");
        }
        for (String key : REFUSED) {
            if (json.isSet(key)) {
                throw refused(json, key, "train an adapter without it");
            }
        }
        requirePlainStart(json);
        return new LoraSpec(
                json.text("base_model_name_or_path", null),
                json.size("r", 8),
                json.number("lora_alpha", 8),
                dropout(json),
                targets(json),
                json.flag("use_rslora", false),
                json.flag("use_dora", false),
                saved(json),
                ranks(json.object("rank_pattern")),
                alphas(json.object("alpha_pattern")),
                json.where());
    }

    private static void requirePlainStart(JsonFields json) {
        if (!json.isText("init_lora_weights")) {
            return;
        }
        String start = json.text("init_lora_weights", "");
        if (!PLAIN_STARTS.contains(start)) {
            throw refused(
                    json,
                    "init_lora_weights " + start + ", which changes the base model,",
                    "convert the adapter to a plain one when saving it in PEFT");
        }
    }

    private static double dropout(JsonFields json) {
        double dropout = json.number("lora_dropout", 0);
        if (dropout < 0 || dropout >= 1) {
            throw new BadInputException("key lora_dropout is " + dropout, json.where(), "give a number from 0 to 1");
        }
        return dropout;
    }

    private static TargetModules targets(JsonFields json) {
        boolean expression = json.isText("target_modules")
                && !json.text("target_modules", "").equals(TargetModules.ALL_LINEAR);
        List<Integer> layers = json.ids("layers_to_transform");
        if (expression && !layers.isEmpty()) {
            throw new BadInputException(
                    "key layers_to_transform is set beside a target_modules that is an expression",
                    json.where(),
                    "leave one of the two out");
        }
        boolean excludeExpression = json.isText("exclude_modules");
        return new TargetModules(
                expression ? List.of() : json.texts("target_modules"),
                expression ? json.text("target_modules", "") : null,
                excludeExpression ? List.of() : json.texts("exclude_modules"),
                excludeExpression ? json.text("exclude_modules", "") : null,
                layers,
                json.texts("layers_pattern"));
    }

    private static SavedModules saved(JsonFields json) {
        String bias = json.text("bias", "none");
        if (!List.of("none", "lora_only", "all").contains(bias)) {
            throw refused(json, "bias " + bias, "give none, lora_only or all");
        }
        return new SavedModules(json.texts("modules_to_save"), bias, json.flag("ensure_weight_tying", false));
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

    private static BadInputException refused(JsonFields json, String what, String remedy) {
        return new BadInputException(what + " is not done by this version", json.where(), remedy);
    }

    /**
     * Writes the keys that PEFT 0.21 writes, in its order.
     *
     * @param modules the adapted modules, for {@code all-linear}, which PEFT writes out
     */
    static void write(Path file, LoraSpec config, Collection<String> modules) {
        ObjectMapper mapper = JsonText.FOREIGN;
        TargetModules targets = config.targets();
        SavedModules saved = config.saved();
        Map<String, Object> keys = new TreeMap<>();
        for (String absent : List.of("auto_mapping", "revision", "layer_replication", "trainable_token_indices")) {
            keys.put(absent, null);
        }
        keys.put("alpha_pattern", new TreeMap<>(config.alphaPattern()));
        keys.put("base_model_name_or_path", config.baseModel());
        keys.put("bias", saved.bias());
        keys.put("ensure_weight_tying", saved.tied());
        keys.put("exclude_modules", either(targets.exclude(), targets.excludeExpression()));
        keys.put("fan_in_fan_out", false);
        keys.put("inference_mode", true);
        keys.put("init_lora_weights", true);
        keys.put("layers_pattern", either(targets.layersPatterns(), null));
        keys.put("layers_to_transform", targets.layers().isEmpty() ? null : targets.layers());
        keys.put("lora_alpha", wholeIfItIs(config.loraAlpha()));
        keys.put("lora_bias", false);
        keys.put("lora_dropout", config.loraDropout());
        keys.put("modules_to_save", either(saved.modules(), null));
        keys.put("peft_type", "LORA");
        keys.put("r", config.r());
        keys.put("rank_pattern", new TreeMap<>(config.rankPattern()));
        keys.put(
                "target_modules",
                targets.isAllLinear() ? lastParts(modules) : either(targets.names(), targets.expression()));
        keys.put("task_type", "CAUSAL_LM");
        keys.put("use_dora", config.useDora());
        keys.put("use_rslora", config.useRslora());
        ObjectNode json = mapper.valueToTree(keys);
        try {
            DefaultPrettyPrinter printer = new DefaultPrettyPrinter();
            printer.indentArraysWith(DefaultIndenter.SYSTEM_LINEFEED_INSTANCE);
            AtomicFile.write(file, mapper.writer(printer).writeValueAsString(json) + "\n");
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("an adapter's config", e);
        }
    }

    /** PEFT writes 16, not 16.0. */
    private static Number wholeIfItIs(double value) {
        if (value == Math.rint(value) && Math.abs(value) < 1e15) {
            return (long) value;
        }
        return value;
    }

    private static Object either(List<String> names, String expression) {
        return expression != null
                ? expression
                : names.isEmpty() ? null : names.stream().sorted().toList();
    }

    private static List<String> lastParts(Collection<String> modules) {
        return modules.stream()
                .map(module -> module.substring(module.lastIndexOf('.') + 1))
                .distinct()
                .sorted()
                .toList();
    }
}
