package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Problem;
import java.util.List;

/** A problem's own texts, and solutions as numbered steps. */
final class ProblemText {
    private ProblemText() {}

    /** Question, right answer and annotated solution; the solution folded away unless {@code open}. */
    static Html of(Problem problem, boolean open) {
        var html = new Html();
        html.open("div", "class", "given").element("h4", "Question");
        html.element("p", Texts.bounded(orEmpty(problem.question())), "class", "question");
        html.open("p", "class", "answer").text("Right answer ");
        html.element("strong", Texts.shortened(orEmpty(problem.answer()), 200)).close("p");
        if (problem.rationale() != null && !problem.rationale().isBlank()) {
            html.open("details", "class", "rationale", "open", open ? "" : null);
            html.element("summary", "Annotated solution").add(steps(problem.rationale(), 1, 0));
            html.close("details");
        }
        return html.close("div").line();
    }

    /**
     * A solution as a list, with the line that names its answer below.
     *
     * @param first the number of its first step
     * @param wrong the number of the step to mark; 0 for none
     */
    static Html steps(String solution, int first, int wrong) {
        return steps(solution, first, wrong, List.of(), "");
    }

    /**
     * The same with one step's words beside those of another wording of it: in a wrong solution the step to mark, elsewhere
     * the first one.
     *
     * @param pieces that step's words; empty: as any other
     * @param element what changed words stand in, {@code del} or {@code ins}
     */
    static Html steps(String solution, int first, int wrong, List<WordDiff.Piece> pieces, String element) {
        var html = new Html();
        List<String> steps = solution == null ? List.of() : Texts.steps(solution);
        String answer = solution == null ? null : Texts.answerLine(solution);
        if (steps.isEmpty() && answer == null) {
            return html.element("p", "An empty text.", "class", "note");
        }
        if (!steps.isEmpty()) {
            html.open("ol", "class", "steps", "start", first == 1 ? null : Integer.toString(first));
            for (int i = 0; i < steps.size(); i++) {
                boolean marked = first + i == wrong;
                html.open("li", "class", marked ? "wrong-step" : null);
                if (marked) {
                    html.element("strong", "First wrong step ", "class", "mark");
                }
                if (!pieces.isEmpty() && (wrong == 0 ? i == 0 : marked)) {
                    pieces.forEach(piece -> {
                        if (piece.changed()) {
                            String words = piece.text().stripTrailing();
                            html.element(element, words).text(piece.text().substring(words.length()));
                        } else {
                            html.text(piece.text());
                        }
                    });
                    html.close("li");
                } else {
                    html.text(steps.get(i)).close("li");
                }
            }
            html.close("ol");
        }
        return answer == null ? html : html.element("p", answer, "class", "conclusion");
    }

    private static String orEmpty(String text) {
        return text == null ? "" : text;
    }
}
