package dev.errata.model.text;

import dev.errata.model.chat.ChatTemplates;
import dev.errata.model.file.GgufFile;
import dev.errata.model.generate.StopConditions;
import dev.errata.model.tokenizer.Tokenizer;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.BadInputException;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * A model's tokenizer and chat template, and the rules by which prompts and completions become tokens: they are
 * tokenized separately, a completion ends with the end token.
 *
 * @param where the model's path, for errors
 * @param chat empty where the model has no template
 * @param endId the token that ends a completion
 */
public record ModelText(String where, Tokenizer tokenizer, Optional<ChatTemplates> chat, int endId) {
    /**
     * Reads the tokenizer and the template of a model.
     *
     * @param path a folder or a GGUF file
     * @param eosIds the ids at which generation ends, as the model's config tells them; may be empty
     */
    public static ModelText open(Path path, List<Integer> eosIds) {
        Tokenizer tokenizer;
        Optional<ChatTemplates> chat;
        if (ModelSource.isGguf(path)) {
            try (Arena arena = Arena.ofShared()) {
                Map<String, Object> metadata =
                        GgufFile.open(path, arena).metadata().values();
                tokenizer = Tokenizer.fromGguf(metadata, path.toString());
                chat = ChatTemplates.fromGguf(metadata, path.toString());
            }
        } else {
            tokenizer = Tokenizer.load(path);
            chat = ChatTemplates.find(path);
        }
        int end = tokenizer.eosId().orElse(eosIds.isEmpty() ? -1 : eosIds.getFirst());
        return new ModelText(path.toString(), tokenizer, chat, end);
    }

    /** The same with another day as the one that its chat template takes for today. */
    public ModelText at(LocalDate date) {
        return new ModelText(where, tokenizer, chat.map(templates -> templates.at(date)), endId);
    }

    /** The tokens of a prompt in this style, with what the model wants in front. */
    public int[] prompt(String text, PromptStyle style) {
        return prompt(text, "", style);
    }

    /**
     * The tokens of an instruction with its input, as Stanford Alpaca's rows have them; the two are lines of one prompt
     * where the style has no place for the input.
     *
     * @param input may be empty
     */
    public int[] prompt(String instruction, String input, PromptStyle style) {
        String joined = input.isEmpty() ? instruction : instruction + "\n" + input;
        return switch (style) {
            case PLAIN -> tokenizer.encode(joined, true);
            case CHAT -> chat(List.of(Map.of("role", "user", "content", joined)), true);
            case ALPACA -> tokenizer.encode(alpaca(instruction, input), true);
        };
    }

    /**
     * The text that a prompt is in this style, for others to tokenize: what {@link #prompt(String, PromptStyle)} makes tokens
     * of, but for a token that a tokenizer itself puts in front.
     */
    public String wrapped(String prompt, PromptStyle style) {
        return switch (style) {
            case PLAIN -> prompt;
            case CHAT -> template().render(List.of(Map.of("role", "user", "content", prompt)), true, Map.of());
            case ALPACA -> alpaca(prompt, "");
        };
    }

    /** The two texts of Stanford Alpaca, with and without an input. */
    private static String alpaca(String instruction, String input) {
        boolean bare = input.isEmpty();
        return "Below is an instruction that describes a task"
                + (bare ? "" : ", paired with an input that provides further context")
                + ". Write a response that appropriately completes the request.\n\n### Instruction:\n" + instruction
                + (bare ? "" : "\n\n### Input:\n" + input) + "\n\n### Response:";
    }

    /** The tokens of a completion and the end token. */
    public int[] completion(String text) {
        if (endId < 0) {
            throw new BadInputException(
                    "no end token is known", where, "name eos_token_id in config.json or eos_token in the tokenizer");
        }
        int[] ids = tokenizer.encode(text, false);
        int[] ended = Arrays.copyOf(ids, ids.length + 1);
        ended[ids.length] = endId;
        return ended;
    }

    /**
     * The tokens of a conversation in the model's chat template.
     *
     * @throws BadInputException if the model has none
     */
    public int[] chat(List<Map<String, Object>> messages, boolean addGenerationPrompt) {
        return tokenizer.encode(template().render(messages, addGenerationPrompt, Map.of()), false);
    }

    /** The tokens of a completion and what ends it in this style: in a chat the template's own end of a turn. */
    public int[] completion(String text, PromptStyle style) {
        int[] end = turnEnd(style);
        if (end.length == 0) {
            return completion(text);
        }
        int[] ids = tokenizer.encode(text, false);
        int[] ended = Arrays.copyOf(ids, ids.length + end.length);
        System.arraycopy(end, 0, ended, ids.length, end.length);
        return ended;
    }

    /** The special token with which a chat template ends a turn; none in other styles or where it has no such. */
    public int[] turnEnd(PromptStyle style) {
        if (style != PromptStyle.CHAT) {
            return new int[0];
        }
        int[] ids = tokenizer.encode(conversationTemplate().endOfTurn(), false);
        return ids.length > 0 && tokenizer.isSpecial(ids[0]) ? new int[] {ids[0]} : new int[0];
    }

    /**
     * The chat template as conversations are rendered with it.
     *
     * @throws BadInputException if the model has none
     */
    ConversationTemplate conversationTemplate() {
        return new ConversationTemplate(template());
    }

    private ChatTemplates template() {
        return chat.orElseThrow(() -> new BadInputException(
                "model has no chat template", where, "use prompt: plain, or a model with a chat template"));
    }

    /**
     * The tokens that end a text in this style: those of the model's config, the one that completions are trained to end
     * with, and in a chat the template's end of a turn.
     */
    public Set<Integer> endIds(PromptStyle style, List<Integer> eosIds) {
        Set<Integer> ends = new LinkedHashSet<>(eosIds);
        if (endId >= 0) {
            ends.add(endId);
        }
        Arrays.stream(turnEnd(style)).forEach(ends::add);
        return ends;
    }

    /** The ids of a model with an output layer of {@code size} rows that stand for no text, ascending. */
    public int[] idsWithoutText(int size) {
        return tokenizer.idsWithoutText(size);
    }

    /**
     * What ends a text of this model beside some ids: each of these stop texts, which may hold special tokens.
     *
     * @param ids at which generation ends, as the model's config tells them
     */
    public StopConditions stopConditions(Set<Integer> ids, List<String> stop) {
        return stop.isEmpty()
                ? StopConditions.of(ids)
                : new StopConditions(ids, () -> {
                    TextUntilStop text = new TextUntilStop(tokenizer, stop);
                    return id -> {
                        text.append(id);
                        return text.isStopped();
                    };
                });
    }

    /** The text of new tokens, without special ones, up to the first stop text. */
    public String text(int[] ids, List<String> stop) {
        TextUntilStop text = new TextUntilStop(tokenizer, stop);
        StringBuilder all = new StringBuilder();
        for (int id : ids) {
            all.append(text.append(id));
        }
        return all.append(text.finish()).toString();
    }

    /** The same for tokens that come one at a time. */
    public TextUntilStop textUntilStop(List<String> stop) {
        return new TextUntilStop(tokenizer, stop);
    }
}
