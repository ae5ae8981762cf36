package dev.errata.pipeline.report;

import dev.errata.pipeline.format.Steps;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** Texts of models and files, cut and split for reading. */
final class Texts {
    /** Longer texts are cut, so that the page stays of a size that opens. */
    static final int LONGEST = 3000;

    private static final Pattern NOTE = Pattern.compile("<<[^<>\\n]*+>>");

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
        return text.substring(0, end) + " … (" + NumberFormats.count(text.length() - end) + " more characters)";
    }

    /** The steps of a solution as the loop counts them, of its beginning when it is long. */
    static List<String> steps(String solution) {
        return Steps.of(bounded(solution)).stream()
                .filter(step -> !step.equals("..."))
                .toList();
    }

    /** The sentence that names the final answer, as the text has it; null where there is none. */
    static String answerLine(String solution) {
        String text = NOTE.matcher(bounded(solution)).replaceAll("");
        int phrase = text.toLowerCase(Locale.ROOT).lastIndexOf("the answer is");
        int mark = text.lastIndexOf("####");
        int start = Math.max(phrase, mark);
        if (start < 0) {
            return null;
        }
        int end = text.indexOf('\n', start);
        return text.substring(start, end < 0 ? text.length() : end).strip();
    }

    private static int whole(String text, int end) {
        return Character.isHighSurrogate(text.charAt(end - 1)) ? end - 1 : end;
    }
}
