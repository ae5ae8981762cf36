package dev.errata.pipeline.report;

import java.util.List;
import java.util.regex.Pattern;

/** Texts of models and files, cut and split for reading. */
final class Texts {
    /** Longer texts are cut, so that the page stays of a size that opens. */
    static final int LONGEST = 3000;

    private static final Pattern NOTE = Pattern.compile("<<[^<>\\n]*>>");
    private static final Pattern MARKER =
            Pattern.compile("^\\s*(?:Step\\s+\\d+\\s*[:.]|\\d+[.)](?=\\s)|[-*•](?=\\s))\\s*", Pattern.CASE_INSENSITIVE);
    private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.!?])\\s+");
    private static final Pattern ANSWER = Pattern.compile("^(?:#{4}|The answer is\\b).*", Pattern.CASE_INSENSITIVE);

    private Texts() {}

    /** On one line, at most {@code length} characters; never half a character. */
    static String shortened(String text, int length) {
        String line = text.strip().replaceAll("\\s+", " ");
        return line.length() <= length
                ? line
                : line.substring(0, whole(line, length - 1)).stripTrailing() + "…";
    }

    /** The text, or its beginning and how much more there is. */
    static String bounded(String text) {
        if (text.length() <= LONGEST) {
            return text;
        }
        int end = whole(text, LONGEST);
        return text.substring(0, end) + " … (" + Numbers.count(text.length() - end) + " more characters)";
    }

    /** The steps of a solution as the loop counts them: its lines, or the sentences of a text of one line. */
    static List<String> steps(String solution) {
        return parts(solution).stream().filter(part -> !isAnswer(part)).toList();
    }

    /** The line that names the final answer, as the text has it; null where there is none. */
    static String answerLine(String solution) {
        return parts(solution).stream()
                .filter(Texts::isAnswer)
                .reduce((first, last) -> last)
                .orElse(null);
    }

    private static List<String> parts(String solution) {
        String text = NOTE.matcher(bounded(solution)).replaceAll("");
        List<String> lines = text.lines().filter(line -> !line.isBlank()).toList();
        List<String> parts =
                lines.size() == 1 ? List.of(SENTENCE_END.split(lines.getFirst().strip())) : lines;
        return parts.stream()
                .map(part -> MARKER.matcher(part).replaceFirst("").strip())
                .filter(part -> !part.isEmpty() && !part.equals("..."))
                .toList();
    }

    private static boolean isAnswer(String part) {
        return ANSWER.matcher(part).matches();
    }

    private static int whole(String text, int end) {
        return Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end;
    }
}
