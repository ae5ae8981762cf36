package dev.errata.pipeline.run;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.train.config.ConfigText;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/** The settings of a config that can change a record: two runs in which they are equal give the same bytes. */
final class RunSettings {
    private static final Set<String> WHERE_THINGS_LIE =
            Set.of("output", "train.optimizer.paged", "train.optimizer.page_budget_mb");

    private RunSettings() {}

    /** The files and folders that a config names as inputs, by key. */
    static SortedMap<String, Path> inputs(LoopConfig config) {
        SortedMap<String, Path> inputs = new TreeMap<>();
        inputs.put("model", config.model());
        inputs.put("problems", config.problems());
        inputs.put("held_out", config.heldOut());
        if (config.train().adapter() != null) {
            inputs.put("train.adapter", config.train().adapter());
        }
        switch (config.correct().corrector()) {
            case "local" ->
                inputs.put("correct.local.model", config.correct().local().model());
            case "replay" ->
                inputs.put("correct.replay.file", config.correct().replay().file());
            default -> {}
        }
        return inputs;
    }

    /** Key and value of each; an input counts by its name and hash. */
    static SortedMap<String, String> compared(LoopConfig config, Map<String, InputFile> inputs) {
        SortedMap<String, String> settings = new TreeMap<>();
        flatten(ConfigText.tree(config), "", settings);
        String corrector = config.correct().corrector();
        settings.keySet().removeIf(key -> !changesRecords(key, corrector));
        inputs.forEach((key, input) ->
                settings.put(key, Path.of(input.path()).getFileName() + " with SHA-256 " + input.sha256()));
        return settings;
    }

    private static void flatten(JsonNode node, String name, SortedMap<String, String> into) {
        if (node.isObject()) {
            node.properties()
                    .forEach(each -> flatten(
                            each.getValue(), name.isEmpty() ? each.getKey() : name + "." + each.getKey(), into));
        } else {
            into.put(name, node.isTextual() ? node.textValue() : node.toString());
        }
    }

    private static boolean changesRecords(String key, String corrector) {
        if (key.startsWith("correct.openai.")) {
            boolean asked = key.endsWith(".model") || key.endsWith(".temperature") || key.endsWith(".max_tokens");
            return corrector.equals("openai") && asked;
        }
        if (key.startsWith("correct.local")) {
            return corrector.equals("local");
        }
        if (key.startsWith("correct.replay")) {
            return corrector.equals("replay");
        }
        return !WHERE_THINGS_LIE.contains(key);
    }
}
