package dev.errata.pipeline.grade;

import dev.errata.tensor.BadInputException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Exact arithmetic instead of string rules: numbers by value, LaTeX answers by algebra, choices by their words. Units,
 * currency and percent signs are ignored, a text that names no answer equals nothing, and nothing is rounded.
 */
public record Sound(Task task) implements Grader {
    private static final Pattern NEXT_QUESTION = Pattern.compile("\\n\\s*(?:Q|Question):");
    private static final Pattern NO_WORD = Pattern.compile("[^\\p{L}\\p{N}]+");

    @Override
    public GradedAnswer grade(String prediction, String reference, List<String> candidates) {
        if (task == Task.CSQA && candidates.isEmpty()) {
            throw new BadInputException("candidates are missing", "csqa", "give each row its list of candidates");
        }
        String pred = FinalAnswer.of(untilNextQuestion(prediction), task);
        String ref = task == Task.CSQA ? reference : FinalAnswer.of(untilNextQuestion(reference), task);
        if (task == Task.CSQA) {
            pred = pred == null ? null : chosen(pred, candidates).orElse(null);
        }
        return new GradedAnswer(pred, ref, equal(pred, ref));
    }

    /** Whether two final answers, as {@link FinalAnswer} gives them, mean the same. None equals nothing. */
    public boolean equal(String answer, String other) {
        if (answer == null || other == null) {
            return false;
        }
        if (task.isNumber()) {
            Optional<Rational> value = NumberText.read(answer);
            return value.isPresent() && value.equals(NumberText.read(other));
        }
        return task == Task.MATH
                ? LatexAnswer.same(answer, other)
                : words(answer).equals(words(other));
    }

    /** The candidate that the answer names, or the only one whose words stand in it. */
    private static Optional<String> chosen(String answer, List<String> candidates) {
        String said = words(answer);
        for (String candidate : candidates) {
            if (words(candidate).equals(said)) {
                return Optional.of(candidate);
            }
        }
        List<String> named = candidates.stream()
                .distinct()
                .filter(candidate -> (" " + said + " ").contains(" " + words(candidate) + " "))
                .toList();
        return named.size() == 1 ? Optional.of(named.getFirst()) : Optional.empty();
    }

    private static String words(String text) {
        return NO_WORD.matcher(text.toLowerCase(Locale.ROOT)).replaceAll(" ").strip();
    }

    private static String untilNextQuestion(String text) {
        return NEXT_QUESTION.split(text, 2)[0];
    }
}
