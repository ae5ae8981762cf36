package dev.errata.pipeline.report;

import dev.errata.pipeline.record.Evaluation;

/** One answer to a held-out problem, to stand beside others. */
final class AnswerColumn {
    private AnswerColumn() {}

    /**
     * @param name whose answer it is
     * @param style the style class that gives the colour
     */
    static Html of(String name, String style, Evaluation evaluation) {
        var html = new Html();
        html.open("section", "class", "arm-answer " + style).open("h4").text(name);
        html.element(
                "span",
                evaluation.correct() ? "right" : "wrong",
                "class",
                evaluation.correct() ? "judged right" : "judged wrong");
        html.close("h4").add(ProblemText.steps(evaluation.text(), 1, 0));
        String answer = evaluation.finalAnswer() == null
                ? "No answer" + ("length".equals(evaluation.finish()) ? ", cut off" : "")
                : "Answer " + Texts.shortened(evaluation.finalAnswer(), 60);
        return html.element("p", answer, "class", "note").close("section").line();
    }
}
