package dev.errata.pipeline.engine;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.model.text.ModelText;
import dev.errata.model.text.PromptStyle;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.data.Example;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * Training rows of a file as tokens and labels: {@code {prompt, completion}}, {@code {messages}} whose last one is trained
 * on, or {@code {ids, labels}}. Rows that are too long are refused or dropped and counted, never cut.
 */
final class ExampleFile {
    private final TrainConfig config;
    private final int vocabulary;
    private final Supplier<ModelText> text;
    private int dropped;

    /**
     * @param text the model's tokenizer, asked for only where rows hold text
     */
    ExampleFile(TrainConfig config, int vocabulary, Supplier<ModelText> text) {
        this.config = config;
        this.vocabulary = vocabulary;
        this.text = text;
    }

    /** Rows that were left out because they are too long. */
    int dropped() {
        return dropped;
    }

    List<Example> read() {
        List<Example> examples = new ArrayList<>();
        for (Path file : config.data()) {
            JsonRows.forEach(file, row -> {
                Example example = example(row);
                if (example != null) {
                    examples.add(example);
                }
            });
        }
        return examples;
    }

    private Example example(JsonRow row) {
        if (row.has("ids")) {
            return ofIds(row.allow("ids", "labels"));
        }
        if (row.has("messages")) {
            return ofMessages(row.allow("messages"));
        }
        row.allow("prompt", "completion", "kind", "problem_id");
        PromptStyle style = PromptStyle.named(config.prompt());
        String prompt = row.text("prompt");
        String completion = row.text("completion");
        return fitting(row, text.get().prompt(prompt, style), text.get().completion(completion));
    }

    private Example ofIds(JsonRow row) {
        int[] ids = row.wholes("ids");
        int[] labels = row.has("labels") ? row.wholes("labels") : ids;
        if (labels.length != ids.length) {
            throw row.wrong(
                    labels.length + " labels for " + ids.length + " ids",
                    "give as many, with -100 for what is not trained");
        }
        for (int id : ids) {
            if (id < 0 || id >= vocabulary) {
                throw row.wrong("id " + id + " is not of the vocabulary of " + vocabulary, "use the model's own ids");
            }
        }
        for (int label : labels) {
            if (label >= vocabulary || (label < 0 && label != Example.IGNORED)) {
                throw row.wrong("label " + label + " is no id and not -100", "use the model's own ids, or -100");
            }
        }
        return withTargets(row, new Example(ids, labels));
    }

    private Example ofMessages(JsonRow row) {
        List<Map<String, Object>> messages = new ArrayList<>();
        for (JsonNode message : row.tree("messages")) {
            messages.add(Json.MAPPER.convertValue(message, new TypeReference<Map<String, Object>>() {}));
        }
        if (messages.isEmpty() || !"assistant".equals(messages.getLast().get("role"))) {
            throw row.wrong("the last message is not the assistant's", "end the messages with the answer to train on");
        }
        int[] prompt = text.get().chat(messages.subList(0, messages.size() - 1), true);
        return fitting(
                row,
                prompt,
                text.get().completion(String.valueOf(messages.getLast().get("content"))));
    }

    private Example fitting(JsonRow row, int[] prompt, int[] completion) {
        int most = config.settings().maxPromptTokens();
        int mostAfter = config.settings().maxCompletionTokens();
        if (prompt.length > most || completion.length > mostAfter) {
            if (config.settings().tooLong().equals("drop")) {
                dropped++;
                return null;
            }
            throw row.wrong(
                    "prompt and completion have " + prompt.length + " and " + completion.length + " tokens, " + most
                            + " and " + mostAfter + " are allowed",
                    "raise max_prompt_tokens or max_completion_tokens, or set too_long to drop");
        }
        return withTargets(row, Example.of(prompt, completion));
    }

    private static Example withTargets(JsonRow row, Example example) {
        if (example.targets() == 0) {
            throw row.wrong("no token to train on among " + example.ids().length, "remove this row");
        }
        return example;
    }
}
