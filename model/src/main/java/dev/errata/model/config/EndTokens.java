package dev.errata.model.config;

import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Tokens of a GGUF vocabulary that end a text or a turn whatever the file's keys say, known by their texts as llama.cpp
 * knows them (src/llama-vocab.cpp, {@code special_eog_ids}). Many files name an end of text under eos that a chat model
 * never writes.
 */
public final class EndTokens {
    private static final Set<String> CERTAIN = Set.of(
            "<|eot_id|>",
            "<|im_end|>",
            "<|end|>",
            "<|return|>",
            "<|call|>",
            "<|calls|>",
            "<|flush|>",
            "<end_of_turn>",
            "<|endoftext|>",
            "<|end_of_text|>",
            "<|eom_id|>",
            "<end_of_utterance>",
            "<\uff5cend\u2581of\u2581sentence\uff5c>");

    /** These may be pieces of ordinary text too. */
    private static final Set<String> CONTROL_ONLY = Set.of("</s>", "<EOT>", "_<EOT>", "[EOT]", "[EOS]");

    private static final int CONTROL = 3;

    private EndTokens() {}

    /** Whether a token of this text is a control token even where its file says otherwise. */
    public static boolean isCertain(String token) {
        return CERTAIN.contains(token);
    }

    /**
     * @param metadata a GGUF file's keys; without a vocabulary there are none
     */
    static List<Integer> of(Map<String, Object> metadata) {
        List<Integer> ends = new ArrayList<>();
        Object tokens = metadata.get("tokenizer.ggml.tokens");
        Object kinds = metadata.get("tokenizer.ggml.token_type");
        List<String> texts = new ArrayList<>();
        for (int id = 0; id < length(tokens); id++) {
            String text = String.valueOf(element(tokens, id));
            boolean isControl =
                    id < length(kinds) && element(kinds, id) instanceof Number kind && kind.intValue() == CONTROL;
            if (isCertain(text) || (isControl && CONTROL_ONLY.contains(text))) {
                ends.add(id);
                texts.add(text);
            }
        }
        // In OpenAI's harmony format the end of a message doesn't end the answer.
        if (texts.containsAll(Set.of("<|return|>", "<|call|>", "<|end|>"))) {
            ends.subList(texts.indexOf("<|end|>"), texts.indexOf("<|end|>") + 1).clear();
        }
        return ends;
    }

    private static int length(Object list) {
        return list instanceof List<?> elements
                ? elements.size()
                : list != null && list.getClass().isArray() ? Array.getLength(list) : 0;
    }

    private static Object element(Object list, int index) {
        return list instanceof List<?> elements ? elements.get(index) : Array.get(list, index);
    }
}
