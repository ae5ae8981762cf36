package dev.errata.pipeline.format;

import dev.errata.pipeline.record.Problem;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The steps of a solution: its non-empty lines, or the sentences of a text of one line. Leading {@code Step n:}, bullets
 * and numbers are taken off, {@code <<…>>} notes taken out; the line {@code The answer is X.} is no step.
 */
public final class Steps {
    private static final Pattern LINE_END = Pattern.compile("\\R");
    private static final Pattern NOTE = Pattern.compile("<<[^<>\\n]*+>>");
    private static final Pattern MARKER =
            Pattern.compile("^(?:(?i:step)\\s{0,3}\\d{1,4}\\s{0,3}[:.)]|[-*•](?=\\s)|\\(?\\d{1,3}[.)](?=\\s|$))\\s*+");
    private static final Pattern ANSWER_LINE = Pattern.compile("^(?:(?i:the answer is)\\b|####)");
    private static final Pattern PHRASE = Pattern.compile("The answer is");

    /** A sentence ends at a stop before white space, and where the next numbered step begins. */
    private static final Pattern SENTENCE_END = Pattern.compile("(?<=[.!?])\\s++|\\s++(?=(?i:step)\\s?\\d{1,4}:)");

    /** Never ends a sentence: a title, or the number that one begins with. */
    private static final Pattern TITLE =
            Pattern.compile("(?:^|\\s)(?:Mr|Mrs|Ms|Dr|St|Jr|Sr|Mt|vs|No)\\.$|^\\(?\\d{1,3}\\.$");

    /** Ends a sentence only when the next word is not written small. */
    private static final Pattern ABBREVIATION = Pattern.compile(
            "(?i:\\b(?:e\\.g|i\\.e|a\\.m|p\\.m|etc|approx|avg|oz|lbs?|ft|in|hrs?|mins?|secs?|yds?)\\.)$");

    private Steps() {}

    /** The steps in their order, without line breaks in them; empty for a text that holds none. */
    public static List<String> of(String text) {
        List<String> lines = nonEmpty(LINE_END.split(NOTE.matcher(text).replaceAll("")));
        return ofEach(lines.size() == 1 ? sentences(lines.getFirst()) : lines);
    }

    /** The steps of a text that is known to hold one on each line. */
    public static List<String> ofLines(String text) {
        return ofEach(nonEmpty(LINE_END.split(NOTE.matcher(text).replaceAll(""))));
    }

    /** How many steps a problem takes: as its data set counts them, else as its rationale has them; empty where neither says. */
    public static OptionalInt count(Problem problem) {
        if (problem.steps() != null) {
            return OptionalInt.of(problem.steps());
        }
        int written = problem.rationale() == null ? 0 : of(problem.rationale()).size();
        return written == 0 ? OptionalInt.empty() : OptionalInt.of(written);
    }

    private static List<String> ofEach(List<String> lines) {
        List<String> steps = new ArrayList<>();
        for (String line : lines) {
            String step = withoutMarkers(line);
            if (!step.isEmpty() && !ANSWER_LINE.matcher(step).find()) {
                // The phrase stands once in every training row, before its answer.
                steps.add(PHRASE.matcher(step).replaceAll("the answer is"));
            }
        }
        return List.copyOf(steps);
    }

    private static List<String> nonEmpty(String[] lines) {
        List<String> kept = new ArrayList<>();
        for (String line : lines) {
            if (!line.isBlank()) {
                kept.add(line.strip());
            }
        }
        return kept;
    }

    private static List<String> sentences(String line) {
        List<String> sentences = new ArrayList<>();
        Matcher end = SENTENCE_END.matcher(line);
        int start = 0;
        while (end.find()) {
            if (endsSentence(line, start, end)) {
                sentences.add(line.substring(start, end.start()));
                start = end.end();
            }
        }
        sentences.add(line.substring(start));
        return nonEmpty(sentences.toArray(new String[0]));
    }

    private static boolean endsSentence(String line, int start, Matcher end) {
        String tail = line.substring(Math.max(start, end.start() - 12), end.start());
        boolean smallNext = end.end() < line.length() && Character.isLowerCase(line.codePointAt(end.end()));
        return !TITLE.matcher(tail).find()
                && !(smallNext && ABBREVIATION.matcher(tail).find());
    }

    private static String withoutMarkers(String line) {
        String step = line;
        Matcher marker = MARKER.matcher(step);
        while (marker.find()) {
            step = step.substring(marker.end());
            marker = MARKER.matcher(step);
        }
        return step.strip();
    }
}
