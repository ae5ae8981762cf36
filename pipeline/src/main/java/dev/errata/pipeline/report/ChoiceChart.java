package dev.errata.pipeline.report;

import dev.errata.pipeline.record.CheckpointChoice;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** How the arms' checkpoints answered the problems that choose among them. */
final class ChoiceChart {
    private ChoiceChart() {}

    /** @param choices by arm; at least one */
    static Html of(Map<String, CheckpointChoice> choices) {
        List<Curve> curves = new ArrayList<>();
        List<String> words = new ArrayList<>();
        int total = 0;
        for (String arm : ArmName.ordered(choices.keySet())) {
            CheckpointChoice choice = choices.get(arm);
            curves.add(Curve.of(
                    ArmName.shown(arm),
                    ArmName.style(arm, choices.keySet()),
                    choice.checkpoints().stream()
                            .mapToInt(CheckpointChoice.Checkpoint::step)
                            .toArray(),
                    choice.checkpoints().stream()
                            .mapToDouble(each -> 100.0 * each.correct() / Math.max(1, each.total()))
                            .toArray()));
            for (CheckpointChoice.Checkpoint each : choice.checkpoints()) {
                total = Math.max(total, each.total());
                if (each.step() == choice.step()) {
                    words.add(ArmName.shown(arm) + " step " + each.step() + " (" + each.correct() + " right)");
                }
            }
        }
        var html = new Html();
        html.element("h3", "Which checkpoint", "class", "table-title");
        html.element(
                "p",
                "Chosen on " + NumberFormats.count(total, "problem", "problems")
                        + " that are neither trained on nor held out: " + String.join(", ", words)
                        + ". Of equals the earliest is taken.",
                "class",
                "lead");
        html.open("div", "class", "charts");
        html.add(LineChart.draw("choice", "Accuracy of the checkpoints", "percent right", curves));
        return html.close("div");
    }
}
