package dev.errata.pipeline.folder;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.config.RowChoice;
import dev.errata.tensor.BadInputException;
import dev.errata.train.binding.ConfigText;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.config.TrainSettings;
import dev.errata.train.config.Validation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.StreamSupport;

/**
 * The settings of a config that can change a result: two runs in which they are equal give the same bytes. One definition
 * for the loop and for {@code train}; inputs count by their contents.
 */
public final class RunSettings {
    /**
     * Keys that say where things lie, how often they are saved, what is passed over, or how much is written at a time; those of
     * a training without their prefix.
     */
    private static final Set<String> CHANGE_NOTHING = Set.of(
            "output",
            "checkpoint_every",
            "keep_checkpoints",
            "keep_results",
            "recompute",
            "memory",
            "ignore",
            "optimizer.paged",
            "optimizer.page_budget_mb",
            "sample.batch_size",
            "sample.kv_memory",
            "eval.batch_size",
            "eval.kv_memory");

    /** How long a training is; its steps don't depend on it where the rate doesn't. */
    private static final Set<String> LENGTH = Set.of("steps", "epochs");

    private static final String TRAIN = "train.";
    /** A key that was left out and has no default is written as null; a folder made before there was such a key has none. */
    private static final String NOT_SET = "null";

    private RunSettings() {}

    /** The files and folders that a config names as inputs, by key. */
    public static SortedMap<String, Path> inputs(LoopConfig config) {
        SortedMap<String, Path> inputs = new TreeMap<>();
        inputs.put("model", config.model());
        inputs.put("problems", config.problems());
        inputs.put("held_out", config.heldOut());
        for (int i = 0; i < config.arms().size(); i++) {
            if (config.arms().get(i).cot() instanceof RowChoice.OfFile(Path file)) {
                inputs.put("arms[" + i + "].cot", file);
            }
        }
        addInputs(config.train(), TRAIN, inputs);
        if (config.choose() != null && config.choose().from() != null) {
            inputs.put("choose.from", config.choose().from());
        }
        List<Path> models =
                config.sample().models() == null ? List.of() : config.sample().models();
        for (int i = 0; i < models.size(); i++) {
            inputs.put("sample.models[" + i + "]", models.get(i));
        }
        if (config.asks("local")) {
            inputs.put("correct.local.model", config.correct().local().model());
        }
        if (config.correct().corrector().equals("replay")) {
            inputs.put("correct.replay.file", config.correct().replay().file());
        }
        return inputs;
    }

    /** The same of a training; several files of rows are {@code data.1}, {@code data.2} … */
    public static SortedMap<String, Path> inputs(TrainConfig config) {
        SortedMap<String, Path> inputs = new TreeMap<>();
        inputs.put("model", config.model());
        for (int i = 0; i < config.data().size(); i++) {
            inputs.put(
                    config.data().size() == 1 ? "data" : "data." + (i + 1),
                    config.data().get(i));
        }
        addInputs(config.settings(), "", inputs);
        return inputs;
    }

    private static void addInputs(TrainSettings settings, String prefix, SortedMap<String, Path> inputs) {
        if (settings.adapter() != null) {
            inputs.put(prefix + "adapter", settings.adapter());
        }
        if (settings.validation() instanceof Validation.OfFile(Path file)) {
            inputs.put(prefix + "validation", file);
        }
    }

    /** Looks at all inputs; those known from before are read again only where they have changed. */
    public static SortedMap<String, InputFile> lookAt(SortedMap<String, Path> inputs, Map<String, InputFile> before) {
        SortedMap<String, InputFile> found = new TreeMap<>();
        inputs.forEach((key, path) -> found.put(key, InputFile.of(path, before.get(key))));
        return found;
    }

    /** Key and value of each; an input counts by its contents, and its name where records hold it. */
    public static SortedMap<String, String> compared(LoopConfig config, Map<String, InputFile> inputs) {
        SortedMap<String, String> settings = flat(ConfigText.tree(config));
        settings.keySet().removeIf(key -> !changesRecords(key, config));
        inputs.forEach((key, input) ->
                settings.put(key, Path.of(input.path()).getFileName() + " with SHA-256 " + input.sha256()));
        return settings;
    }

    /** The same of a training. Under a constant schedule more or fewer steps change none of them. */
    public static SortedMap<String, String> compared(TrainConfig config, Map<String, InputFile> inputs) {
        SortedMap<String, String> settings = flat(ConfigText.tree(config));
        settings.keySet().removeAll(CHANGE_NOTHING);
        settings.remove("data");
        if (config.settings().schedule().name().equals("constant")) {
            settings.keySet().removeAll(LENGTH);
        }
        inputs.forEach((key, input) -> settings.put(key, "SHA-256 " + input.sha256()));
        return settings;
    }

    /**
     * Refuses a folder that was made with other settings, and names the first that differs.
     *
     * @throws BadInputException if one differs
     */
    static void requireSame(SortedMap<String, String> old, SortedMap<String, String> wanted, Path folder) {
        firstDifference(old, wanted).ifPresent(difference -> {
            throw new BadInputException(
                    "the run was made with another config, " + difference,
                    folder.toString(),
                    "choose another output or take that value again");
        });
    }

    /** The first setting that differs, as {@code seed was 0 and is 1}; empty where none does. */
    public static Optional<String> firstDifference(SortedMap<String, String> old, SortedMap<String, String> wanted) {
        SortedMap<String, String> all = new TreeMap<>(old);
        all.putAll(wanted);
        List<String> keys = new ArrayList<>(all.keySet());
        keys.sort(Comparator.comparing(LENGTH::contains)); // a changed schedule is why a length counts at all
        for (String key : keys) {
            String was = old.getOrDefault(key, NOT_SET);
            String is = wanted.getOrDefault(key, NOT_SET);
            if (!was.equals(is)) {
                return Optional.of((key + " was " + shown(was) + " and is " + shown(is)).replace(':', ' '));
            }
        }
        return Optional.empty();
    }

    private static String shown(String value) {
        return value.equals(NOT_SET)
                ? "not set"
                : value.length() > 60 ? value.substring(0, 60) + "…" : value.isEmpty() ? "empty" : value;
    }

    /** Values by dotted keys. */
    public static SortedMap<String, String> flat(JsonNode tree) {
        SortedMap<String, String> settings = new TreeMap<>();
        flatten(tree, "", settings);
        return settings;
    }

    private static void flatten(JsonNode node, String name, SortedMap<String, String> into) {
        if (node.isObject()) {
            node.properties()
                    .forEach(each -> flatten(
                            each.getValue(), name.isEmpty() ? each.getKey() : name + "." + each.getKey(), into));
        } else if (node.isArray()
                && StreamSupport.stream(node.spliterator(), false).anyMatch(JsonNode::isObject)) {
            for (int i = 0; i < node.size(); i++) {
                flatten(node.get(i), name + "[" + i + "]", into);
            }
        } else {
            into.put(name, node.isTextual() ? node.textValue() : node.toString());
        }
    }

    private static boolean changesRecords(String key, LoopConfig config) {
        String corrector = config.correct().corrector();
        if (key.startsWith("correct.openai.")) {
            boolean asked = key.endsWith(".model") || key.endsWith(".temperature") || key.endsWith(".max_tokens");
            return asked && config.asks("openai");
        }
        if (key.startsWith("correct.local")) {
            return config.asks("local");
        }
        if (key.startsWith("correct.replay")) {
            return corrector.equals("replay");
        }
        if (key.equals("train.checkpoint_every") && config.choose() != null) {
            return true; // it says what there is to choose from
        }
        if (key.equals("sample.models")) {
            return false; // inputs, which count by their contents
        }
        return !CHANGE_NOTHING.contains(key.startsWith(TRAIN) ? key.substring(TRAIN.length()) : key);
    }
}
