package dev.errata.pipeline.grade;

import java.util.Optional;

/** Equality of two LaTeX answers: one number by value, anything else by its normalized form. */
final class LatexAnswer {
    private LatexAnswer() {}

    static boolean same(String answer, String other) {
        Optional<Rational> value = NumberText.read(answer);
        return value.isPresent()
                ? value.equals(NumberText.read(other))
                : form(answer).equals(form(other));
    }

    private static String form(String answer) {
        try {
            return LatexString.normalized(answer.replace("$", "").strip());
        } catch (LatexString.NoFormException asItIs) {
            return answer;
        }
    }
}
