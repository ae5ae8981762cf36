package dev.errata.pipeline.grade;

import java.util.Optional;
import java.util.regex.Pattern;

/**
 * The final answer that a text names: after the last {@code The answer is}; without it the last {@code \boxed{}}, then
 * the text after {@code ####}, then the last number.
 */
public final class FinalAnswer {
    private static final String PHRASE = "The answer is";
    private static final Pattern SENTENCE_END = Pattern.compile("\\.(?=\\s+[A-Z])");

    private FinalAnswer() {}

    /**
     * The final answer, or null when the text names none.
     *
     * @return for number tasks the normalized number alone ({@code 18}, {@code -3.5}, {@code 1/2}), for the others the
     *     text
     */
    public static String of(String text, Task task) {
        Optional<String> named = named(text);
        if (task.isNumber()) {
            return named.isPresent()
                    ? named.flatMap(NumberText::normalized).orElse(null)
                    : NumberText.lastIn(text).orElse(null);
        }
        return named.or(() -> NumberText.lastIn(text))
                .map(String::strip)
                .filter(answer -> !answer.isEmpty())
                .orElse(null);
    }

    /** What follows the phrase, stands in the box or after {@code ####}; empty when the text has none of these. */
    static Optional<String> named(String text) {
        int phrase = text.lastIndexOf(PHRASE);
        if (phrase >= 0) {
            return Optional.of(afterPhrase(text.substring(phrase + PHRASE.length())));
        }
        Optional<String> boxed = boxed(text);
        if (boxed.isPresent()) {
            return boxed;
        }
        int hashes = text.lastIndexOf("####");
        return hashes >= 0 ? Optional.of(firstLine(text.substring(hashes + 4)).strip()) : Optional.empty();
    }

    /** The content of the last {@code \boxed{}} or {@code \fbox{}} whose braces are balanced. */
    static Optional<String> boxed(String text) {
        int box = Math.max(text.lastIndexOf("\\boxed{"), text.lastIndexOf("\\fbox{"));
        if (box < 0) {
            return Optional.empty();
        }
        int start = text.indexOf('{', box);
        int depth = 0;
        for (int at = start; at < text.length(); at++) {
            char c = text.charAt(at);
            if (c == '{') {
                depth++;
            } else if (c == '}' && --depth == 0) {
                return Optional.of(text.substring(start + 1, at));
            }
        }
        return Optional.empty();
    }

    private static String afterPhrase(String rest) {
        String answer = rest.startsWith(":") ? rest.substring(1) : rest;
        Optional<String> boxed = boxed(firstLine(answer.strip()));
        if (boxed.isPresent()) {
            return boxed.get();
        }
        return withoutEnd(SENTENCE_END.split(firstLine(answer.strip()), 2)[0].strip());
    }

    /** Without full stops at the end, and without the brace that closes a correction's solution. */
    private static String withoutEnd(String answer) {
        long stray = answer.chars().filter(c -> c == '}').count()
                - answer.chars().filter(c -> c == '{').count();
        int end = answer.length();
        while (end > 0) {
            char last = answer.charAt(end - 1);
            if (last == '}' && stray > 0) {
                stray--;
            } else if (last != '.' && !Character.isWhitespace(last)) {
                break;
            }
            end--;
        }
        return answer.substring(0, end);
    }

    private static String firstLine(String text) {
        int end = text.indexOf('\n');
        return end < 0 ? text : text.substring(0, end).strip();
    }
}
