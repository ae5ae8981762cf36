package dev.errata.pipeline.grade;

import dev.errata.tensor.BadInputException;
import java.util.List;
import java.util.Optional;

/**
 * Finds the final answer to one problem in a text: the normalized number, the LaTeX, the candidate or its letter, as the
 * task's answers are.
 *
 * @param candidates what there is to choose from, with their letters or without; empty where answers are free
 */
public record AnswerReader(AnswerKind kind, List<String> candidates) {
    /**
     * @throws BadInputException where candidates are needed and missing
     */
    public AnswerReader {
        if (kind.hasCandidates() && candidates.isEmpty()) {
            throw new BadInputException(
                    "candidates are missing", "a multiple-choice question", "give each row its list of candidates");
        }
        candidates = kind == AnswerKind.LETTER ? Choices.withoutLetters(candidates) : List.copyOf(candidates);
    }

    /** The final answer that a text names, in whatever form {@link FinalAnswer} knows; null where it names none. */
    public String in(String text) {
        return chosen(Optional.ofNullable(FinalAnswer.of(text, kind)));
    }

    /** The answer after the last {@code The answer is}, the form that prompts ask for; null where that is missing. */
    public String strictlyIn(String text) {
        return normalized(FinalAnswer.afterPhrase(text));
    }

    /** What stands last in a text and could be an answer, whatever is said around it: a number, a box, a candidate or its letter. */
    public String lastIn(String text) {
        Choices choices = new Choices(candidates);
        Optional<String> last = switch (kind) {
            case NUMBER -> NumberText.lastIn(text);
            case LATEX -> FinalAnswer.boxed(text).map(String::strip).or(() -> NumberText.lastIn(text));
            case CHOICE -> choices.lastNamed(text);
            case LETTER -> choices.lastLettered(text);
        };
        return last.orElse(null);
    }

    /** An answer alone, as data sets give it: normalized, or null where it is none of this kind. */
    public String normalized(String answer) {
        return normalized(Optional.of(answer));
    }

    private String normalized(Optional<String> answer) {
        return kind == AnswerKind.NUMBER
                ? answer.flatMap(NumberText::normalized).orElse(null)
                : chosen(answer.map(String::strip).filter(text -> !text.isEmpty()));
    }

    private String chosen(Optional<String> said) {
        Choices choices = new Choices(candidates);
        Optional<String> answer = switch (kind) {
            case NUMBER, LATEX -> said;
            case CHOICE -> said.flatMap(choices::named);
            case LETTER -> said.flatMap(choices::lettered);
        };
        return answer.orElse(null);
    }
}
