package dev.errata.pipeline.grade;

import java.util.List;
import java.util.Objects;
import java.util.regex.Pattern;

/**
 * Exact arithmetic instead of string rules: numbers by value, LaTeX answers by algebra, choices by their words or letters.
 * Units, currency and percent signs are ignored, a text that names no answer equals nothing, and nothing is rounded.
 */
public record Sound(AnswerKind kind) implements Grader {
    private static final Pattern NEXT_QUESTION = Pattern.compile("\\n\\s*(?:Q|Question):");

    @Override
    public GradedAnswer grade(String prediction, String reference, List<String> candidates) {
        AnswerReader reader = new AnswerReader(kind, kind.hasCandidates() ? candidates : List.of());
        String pred = reader.in(untilNextQuestion(prediction));
        String ref = kind.hasCandidates()
                ? Objects.requireNonNullElse(reader.normalized(reference), reference)
                : reader.in(untilNextQuestion(reference));
        return new GradedAnswer(pred, ref, kind.same(pred, ref));
    }

    private static String untilNextQuestion(String text) {
        return NEXT_QUESTION.split(text, 2)[0];
    }
}
