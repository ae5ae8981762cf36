package dev.errata.pipeline.grade;

import java.util.Optional;

/** What the final answers of a task are, by which they are read and compared. */
public enum AnswerKind {
    /** One number. */
    NUMBER,
    /** A number, expression, set, relation … in LaTeX. */
    LATEX,
    /** One of the problem's candidates, by its words. */
    CHOICE,
    /** The letter of one of the problem's candidates, from A. */
    LETTER;

    /** Whether a problem has candidates to choose from. */
    public boolean hasCandidates() {
        return this == CHOICE || this == LETTER;
    }

    /** Whether two final answers, as {@link FinalAnswer} and {@link AnswerReader} give them, mean the same. None equals nothing. */
    public boolean same(String answer, String other) {
        if (answer == null || other == null) {
            return false;
        }
        return switch (this) {
            case NUMBER -> {
                Optional<Rational> value = NumberText.read(answer);
                yield value.isPresent() && value.equals(NumberText.read(other));
            }
            case LATEX -> LatexAnswer.same(answer, other);
            case CHOICE -> Choices.words(answer).equals(Choices.words(other));
            case LETTER -> answer.equals(other);
        };
    }
}
