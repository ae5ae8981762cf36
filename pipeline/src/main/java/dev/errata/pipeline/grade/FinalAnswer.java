package dev.errata.pipeline.grade;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The final answer that a text names: after the last {@code The answer is} or {@code The final answer is}, on the same line
 * or below it; without it the last {@code \boxed{}}, then the text after {@code ####}, then what follows the phrase within a
 * sentence, then the last number.
 */
public final class FinalAnswer {
    private static final Pattern PHRASE = Pattern.compile("The (?:final )?answer is");
    private static final Pattern PHRASE_WITHIN = Pattern.compile("(?i)\\b(?:final )?answer is\\b");
    private static final Pattern SENTENCE_END = Pattern.compile("(?<!\\b(?:Rs|Dr|Mr|Mrs|Ms|St|No))\\.(?=\\s+[A-Z])");

    /** Marks that only set an answer off: Markdown, a display's beginning and end. */
    private static final Pattern NOTHING_BUT_MARKS = Pattern.compile(
            "(?:[\\s:*_`>#~$]|\\\\[\\[\\]()]|-{3,}|\\\\(?:begin|end)\\{(?:align|aligned|equation|gather|split|center)\\*?}"
                    + "|</?(?:answer|b|strong|p|br) ?/?>|(?i:answer):?)*+");

    /** A list's mark; a minus stands right before its number. */
    private static final Pattern BULLET = Pattern.compile("\\s{0,9}([-–—*+•])\\s+(?=\\S)");

    private static final int MOST_LINES = 50;

    private FinalAnswer() {}

    /**
     * The final answer, or null when the text names none.
     *
     * @return the normalized number alone ({@code 18}, {@code -3.5}, {@code 1/2}), for other kinds the text
     */
    public static String of(String text, AnswerKind kind) {
        Optional<String> named = named(text);
        if (kind == AnswerKind.NUMBER) {
            return named.isPresent()
                    ? named.flatMap(NumberText::normalized).orElse(null)
                    : within(text)
                            .flatMap(NumberText::normalized)
                            .or(() -> NumberText.lastIn(text))
                            .orElse(null);
        }
        return named.or(() -> within(text))
                .or(() -> NumberText.lastIn(text))
                .map(String::strip)
                .filter(answer -> !answer.isEmpty())
                .orElse(null);
    }

    /** What follows the phrase, stands in the box or after {@code ####}; empty when the text has none of these. */
    static Optional<String> named(String text) {
        return afterPhrase(text).or(() -> boxed(text)).or(() -> {
            int hashes = text.lastIndexOf("####");
            return hashes >= 0
                    ? Optional.of(firstLine(text.substring(hashes + 4)).strip())
                    : Optional.empty();
        });
    }

    /** What follows the last {@code The answer is} or {@code The final answer is}. */
    static Optional<String> afterPhrase(String text) {
        return afterLast(PHRASE, text);
    }

    /** What follows the phrase in the middle of a sentence, as in {@code so the answer is 5}. */
    private static Optional<String> within(String text) {
        return afterLast(PHRASE_WITHIN, text).filter(answer -> !answer.isBlank());
    }

    private static Optional<String> afterLast(Pattern phrase, String text) {
        Matcher found = phrase.matcher(text);
        int end = -1;
        while (found.find()) {
            end = found.end();
        }
        return end < 0 ? Optional.empty() : Optional.of(firstAnswer(text.substring(end)));
    }

    /** The content of the last {@code \boxed{}} or {@code \fbox{}} whose braces are balanced. */
    public static Optional<String> boxed(String text) {
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

    private static String firstAnswer(String rest) {
        List<String> lines = rest.lines().limit(MOST_LINES).toList();
        int at = 0;
        while (at < lines.size() && NOTHING_BUT_MARKS.matcher(lines.get(at)).matches()) {
            at++;
        }
        if (at == lines.size()) {
            return "";
        }
        String answer = whole(lines, at).replaceFirst("^\\s*:", "").strip();
        if (at > 0) {
            answer = withoutBullets(answer, lines, at);
        }
        Optional<String> boxed = boxed(answer);
        if (boxed.isPresent()) {
            return boxed.get();
        }
        return withoutEnd(SENTENCE_END.split(answer, 2)[0].strip());
    }

    /** A line, with those after it while a box or an environment that it opens isn't closed. */
    private static String whole(List<String> lines, int first) {
        StringBuilder answer = new StringBuilder(lines.get(first));
        for (int at = first + 1; at < lines.size() && isOpen(answer.toString()); at++) {
            answer.append(' ').append(lines.get(at));
        }
        return isOpen(answer.toString()) ? lines.get(first) : answer.toString();
    }

    private static boolean isOpen(String text) {
        if (text.split("\\\\begin\\{", -1).length > text.split("\\\\end\\{", -1).length) {
            return true;
        }
        return text.contains("\\boxed{")
                && text.chars().filter(c -> c == '{').count()
                        > text.chars().filter(c -> c == '}').count();
    }

    /** The answer of a list below the phrase: its only item, or all of them. */
    private static String withoutBullets(String answer, List<String> lines, int first) {
        Matcher bullet = BULLET.matcher(answer);
        if (!bullet.lookingAt()) {
            return answer;
        }
        List<String> items = new ArrayList<>(List.of(answer.substring(bullet.end())));
        for (int at = first + 1; at < lines.size(); at++) {
            Matcher next = BULLET.matcher(lines.get(at));
            if (!next.lookingAt() || !next.group(1).equals(bullet.group(1))) {
                break;
            }
            items.add(lines.get(at).substring(next.end()).strip());
        }
        return String.join(", ", items);
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
