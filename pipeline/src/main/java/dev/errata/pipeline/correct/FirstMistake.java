package dev.errata.pipeline.correct;

import dev.errata.pipeline.filter.Rejection;
import dev.errata.pipeline.grade.Rational;

/** Which step of a path is the first wrong one, as far as its annotation tells. */
sealed interface FirstMistake {
    /**
     * It is sure.
     *
     * @param step its index from 0; the number of steps where the one that is missing after them
     * @param explanation what is wrong with it, in one or two sentences
     * @param kept what the steps before it have made
     */
    record At(int step, String explanation, Coverage kept) implements FirstMistake {}

    /** It is not sure; the reason is one of {@link Rejection}'s. */
    record Unsure(String reason) implements FirstMistake {}

    static String arithmetic(Equation equation) {
        return "The arithmetic is wrong. " + equation.expression() + " is "
                + equation.computed().orElseThrow().decimal() + ", not "
                + equation.value().decimal() + ".";
    }

    static String notNeeded(Equation equation) {
        return "The solution does not need " + equation.shown() + ".";
    }

    static String unknown(Rational number) {
        return "Neither the question nor the solution gives the number " + number.decimal() + ".";
    }
}
