package dev.errata.model.chat;

import dev.errata.model.tokenizer.NamedTokens;
import dev.errata.model.tokenizer.TemplateTexts;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A model's chat templates together with the variables that belong to the model: {@code bos_token}, {@code eos_token} and
 * the other special tokens that its files name. Most models have one template; of several named ones {@code tool_use} is
 * taken where tools are given and {@code default} elsewhere, as transformers does. Immutable.
 */
public final class ChatTemplates {
    private static final String TOOL_USE = "tool_use";
    private static final String REMEDY = "give one with --template";

    private final TemplateTexts texts;
    private final Map<String, ChatTemplate> parsed = new ConcurrentHashMap<>();
    private final Map<String, Object> variables;
    private final LocalDate date;

    private ChatTemplates(TemplateTexts texts, Map<String, Object> variables, LocalDate date) {
        this.texts = texts;
        this.variables = new LinkedHashMap<>(variables);
        this.date = date;
    }

    /** One template for everything. */
    public ChatTemplates(ChatTemplate template, Map<String, Object> variables) {
        this(new TemplateTexts(Map.of()), variables, template.date());
        parsed.put(TemplateTexts.DEFAULT, template);
    }

    /**
     * Finds the templates of a model folder: chat_template.jinja and additional_chat_templates, else {@code chat_template} in
     * tokenizer_config.json. The one that needs no name is read at once, others when they are wanted.
     *
     * @return empty when the folder has none
     * @throws BadInputException when a file is broken or the template isn't supported
     */
    public static Optional<ChatTemplates> find(Path folder) {
        TemplateTexts texts = TemplateTexts.ofFolder(folder);
        return texts.isEmpty() ? Optional.empty() : Optional.of(opened(texts, variables(folder)));
    }

    /**
     * The templates inside a GGUF file.
     *
     * @param metadata values by key, with the vocabulary in {@code tokenizer.ggml.tokens}
     * @param where the file's name, for messages
     * @return empty when the file has none
     */
    public static Optional<ChatTemplates> fromGguf(Map<String, Object> metadata, String where) {
        TemplateTexts texts = TemplateTexts.ofGguf(metadata, where);
        return texts.isEmpty() ? Optional.empty() : Optional.of(opened(texts, GgufVariables.of(metadata)));
    }

    private static ChatTemplates opened(TemplateTexts texts, Map<String, Object> variables) {
        ChatTemplates templates = new ChatTemplates(texts, variables, ChatTemplate.DEFAULT_DATE);
        if (texts.named(TemplateTexts.DEFAULT).isPresent()) {
            templates.named(TemplateTexts.DEFAULT);
        }
        return templates;
    }

    /** The template in a file of its own, as {@code --template} gives it. */
    public static ChatTemplate read(Path file) {
        TemplateTexts.Text text = TemplateTexts.read(file);
        return ChatTemplate.parse(text.source(), text.where());
    }

    /** The special tokens that a model folder's files name. */
    public static Map<String, Object> variables(Path folder) {
        NamedTokens named = NamedTokens.read(folder);
        Map<String, Object> variables = new LinkedHashMap<>(named.texts());
        if (!named.additional().isEmpty()) {
            variables.put("additional_special_tokens", named.additional());
        }
        return variables;
    }

    /** The same with another day as {@code strftime_now}'s. */
    public ChatTemplates at(LocalDate day) {
        ChatTemplates other = new ChatTemplates(texts, variables, day);
        parsed.forEach((name, template) -> other.parsed.put(name, template.at(day)));
        return other;
    }

    /** The template where no tools are given. */
    public ChatTemplate template() {
        return template(Map.of());
    }

    /**
     * The template for these variables.
     *
     * @throws BadInputException if there are only named ones and none of them is for this, or it isn't supported
     */
    public ChatTemplate template(Map<String, Object> given) {
        boolean withTools = given.get("tools") != null;
        if (withTools && texts.named(TOOL_USE).isPresent()) {
            return named(TOOL_USE);
        }
        if (!parsed.containsKey(TemplateTexts.DEFAULT)) {
            String where = texts.byName().values().iterator().next().where();
            throw new BadInputException(
                    "no chat template named default, only " + String.join(", ", texts.names()), where, REMEDY);
        }
        return named(TemplateTexts.DEFAULT);
    }

    private ChatTemplate named(String name) {
        return parsed.computeIfAbsent(name, _ -> {
            TemplateTexts.Text text = texts.named(name).orElseThrow();
            return ChatTemplate.parse(text.source(), text.where()).at(date);
        });
    }

    /** The same with one of the named templates for everything; empty where there is none of this name. */
    public Optional<ChatTemplates> withName(String name) {
        return texts.named(name).isPresent()
                ? Optional.of(new ChatTemplates(named(name), variables))
                : Optional.empty();
    }

    /** The names of the templates; empty where the one there is has none. */
    public List<String> names() {
        return texts.names();
    }

    /** What belongs to the model, by name. */
    public Map<String, Object> variables() {
        return new LinkedHashMap<>(variables);
    }

    /**
     * The text of messages, with this model's variables; those given here come before them.
     *
     * @see ChatTemplate#render
     */
    public String render(List<Map<String, Object>> messages, boolean addGenerationPrompt, Map<String, Object> more) {
        Map<String, Object> all = new LinkedHashMap<>(variables);
        all.putAll(more);
        return template(all).render(messages, addGenerationPrompt, all);
    }
}
