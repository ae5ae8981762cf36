package dev.errata.pipeline.rows;

import dev.errata.model.text.Conversation;
import dev.errata.model.text.ConversationFault;
import dev.errata.model.text.ConversationTokens;
import dev.errata.model.text.ModelText;
import dev.errata.model.text.PromptStyle;
import dev.errata.pipeline.data.JsonRow;
import dev.errata.train.config.TrainConfig;
import dev.errata.train.config.TrainSettings;
import dev.errata.train.data.Example;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/** From a row to tokens and labels. A row that can't be right is refused with its file and line. */
final class ExampleReader {
    private final TrainSettings settings;
    private final PromptStyle style;
    private final int vocabulary;
    private final Supplier<ModelText> text;
    private final Recognised recognised = new Recognised();

    /**
     * @param text the model's tokenizer, asked for only where rows hold text
     */
    ExampleReader(TrainConfig config, int vocabulary, Supplier<ModelText> text) {
        this.settings = config.settings();
        this.style = PromptStyle.named(config.prompt());
        this.vocabulary = vocabulary;
        this.text = text;
    }

    Recognised recognised() {
        return recognised;
    }

    boolean lastAlone() {
        return settings.assistant().equals("last");
    }

    /**
     * A row in tokens, however long.
     *
     * @param dropped why it is not trained, where it is too long and such are dropped; else null
     */
    record Read(Example example, String dropped) {}

    Read read(JsonRow row) {
        RowKind kind = RowKind.of(row, settings.ignore());
        recognised.row(kind);
        Example example = switch (kind) {
            case IDS -> ofIds(row);
            case MESSAGES -> {
                ConversationRow conversation = conversation(row);
                yield rendered(row, conversation.ofMessages(), conversation);
            }
            case SHAREGPT -> {
                ConversationRow conversation = conversation(row);
                yield rendered(row, conversation.ofShareGpt(), conversation);
            }
            case ALPACA -> ofAlpaca(row);
            case COMPLETION -> ofCompletion(row);
        };
        if (example.targets() == 0) {
            throw row.wrong("no token to train on among " + example.ids().length, "remove this row");
        }
        Optional<String> tooLong = tooLong(example);
        if (tooLong.isEmpty()) {
            requireRoom(example, row);
            recognised.example(example);
            return new Read(example, null);
        }
        if (settings.tooLong().equals("drop")) {
            recognised.dropped();
            return new Read(example, tooLong.get());
        }
        throw row.wrong(tooLong.get(), "raise max_prompt_tokens or max_completion_tokens, or set too_long to drop");
    }

    /** Micro-batches that go by tokens have room for each row. */
    private void requireRoom(Example example, JsonRow row) {
        Integer most = settings.microBatchTokens();
        if (most != null && example.ids().length > most) {
            throw row.wrong(
                    "the row has " + example.ids().length + " tokens, micro_batch_tokens is " + most,
                    "raise micro_batch_tokens, or lower max_prompt_tokens and max_completion_tokens with too_long: drop");
        }
    }

    private ConversationRow conversation(JsonRow row) {
        return new ConversationRow(row, lastAlone(), settings.ignore());
    }

    private Optional<String> tooLong(Example example) {
        int trained = example.targets();
        int others = example.ids().length - trained;
        if (others <= settings.maxPromptTokens() && trained <= settings.maxCompletionTokens()) {
            return Optional.empty();
        }
        return Optional.of("the row has " + others + " tokens that are not trained and " + trained + " that are, "
                + settings.maxPromptTokens() + " and " + settings.maxCompletionTokens() + " are allowed");
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
        return new Example(ids, labels);
    }

    private Example ofCompletion(JsonRow row) {
        boolean conversational = row.fields().path("prompt").isArray()
                && row.fields().path("completion").isArray();
        if (conversational) {
            ConversationRow conversation = conversation(row);
            return rendered(row, conversation.ofPromptAndCompletion(), conversation);
        }
        if (row.has("tools")) {
            throw row.wrong("tools stand beside a prompt that is a text", "give {messages, tools}");
        }
        String prompt = row.text("prompt");
        return inStyle(row, prompt, "", row.text("completion"));
    }

    /** With a system text of its own a row is a conversation. */
    private Example ofAlpaca(JsonRow row) {
        String instruction = row.text("instruction");
        String input = row.has("input") ? row.text("input") : "";
        String output = row.text("output");
        if (!row.has("system") || row.text("system").isEmpty()) {
            return inStyle(row, instruction, input, output);
        }
        if (style != PromptStyle.CHAT) {
            throw row.wrong(
                    "a system text has no place in prompt " + style, "set prompt to chat, or name system in ignore");
        }
        String question = input.isEmpty() ? instruction : instruction + "\n" + input;
        List<Map<String, Object>> messages = new ArrayList<>();
        messages.add(Map.of("role", "system", "content", row.text("system")));
        messages.add(Map.of("role", "user", "content", question));
        try {
            return checked(
                    row, Example.of(text.get().chat(messages, true), text.get().completion(output, style)));
        } catch (ConversationFault fault) {
            throw row.wrong(fault.getMessage(), fault.remedy());
        }
    }

    private Example inStyle(JsonRow row, String prompt, String input, String completion) {
        return checked(
                row,
                Example.of(text.get().prompt(prompt, input, style), text.get().completion(completion, style)));
    }

    private Example rendered(JsonRow row, Conversation conversation, ConversationRow from) {
        ModelText model = text.get();
        try {
            ConversationTokens tokens = ConversationTokens.of(model, conversation);
            recognised.turns(tokens, from.excluded());
            if (conversation.variables().containsKey("tools")
                    && !ConversationTokens.rendersTools(model, conversation)) {
                recognised.deafToTools();
            }
            int[] labels = new int[tokens.ids().length];
            for (int i = 0; i < labels.length; i++) {
                labels[i] = tokens.trained()[i] ? tokens.ids()[i] : Example.IGNORED;
            }
            return checked(row, new Example(tokens.ids(), labels));
        } catch (ConversationFault fault) {
            throw row.wrong(fault.getMessage(), fault.remedy());
        }
    }

    /** A tokenizer may know more tokens than its model has rows for. */
    private Example checked(JsonRow row, Example example) {
        for (int id : example.ids()) {
            if (id >= vocabulary) {
                throw row.wrong(
                        "the tokenizer gives id " + id + ", the model's vocabulary has " + vocabulary,
                        "use the tokenizer that belongs to the model");
            }
        }
        return example;
    }
}
