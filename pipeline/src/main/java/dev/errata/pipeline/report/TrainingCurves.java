package dev.errata.pipeline.report;

import dev.errata.train.StepRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.ToDoubleFunction;

/** The charts of one or several trainings, whatever page they stand on. */
final class TrainingCurves {
    private TrainingCurves() {}

    /**
     * A training as it is drawn.
     *
     * @param name in the legend
     * @param style the style class that gives the colour
     * @param steps in order
     */
    record Drawn(String name, String style, List<StepRecord> steps) {}

    /**
     * Loss, validation loss where there is one, gradient norm; empty where no step was made.
     *
     * @param metrics steps in order, by the name of the arm or of the training
     */
    static List<Html> of(Map<String, List<StepRecord>> metrics) {
        return of("", "", arms(metrics));
    }

    /**
     * The same of any trainings.
     *
     * @param prefix of the charts' ids, which are unique on a page
     * @param of the end of the charts' titles, as {@code , CoT}; may be empty
     */
    static List<Html> of(String prefix, String of, List<Drawn> trainings) {
        var charts = new ArrayList<Html>();
        List<Curve> losses = curves(trainings, StepRecord::loss);
        if (losses.isEmpty()) {
            return charts;
        }
        charts.add(LineChart.draw(prefix + "loss", "Training loss" + of, "nats per target token", losses));
        List<Curve> validation = curves(validated(trainings), StepRecord::validationLoss);
        if (!validation.isEmpty()) {
            charts.add(LineChart.draw(
                    prefix + "validation-loss", "Loss on validation rows" + of, "nats per target token", validation));
        }
        charts.add(LineChart.draw(
                prefix + "grad-norm",
                "Gradient norm before clipping" + of,
                "L2 norm",
                curves(trainings, StepRecord::gradNorm)));
        return charts;
    }

    /** The learning rate's chart; empty where no step was made. */
    static List<Html> rates(Map<String, List<StepRecord>> metrics) {
        List<Curve> rates = curves(arms(metrics), StepRecord::lr);
        return rates.isEmpty() ? List.of() : List.of(LineChart.draw("rate", "Learning rate", "rate", rates));
    }

    private static List<Drawn> arms(Map<String, List<StepRecord>> metrics) {
        return ArmName.ordered(metrics.keySet()).stream()
                .map(arm -> new Drawn(ArmName.shown(arm), ArmName.style(arm, metrics.keySet()), metrics.get(arm)))
                .toList();
    }

    private static List<Drawn> validated(List<Drawn> trainings) {
        return trainings.stream()
                .map(each -> new Drawn(
                        each.name(),
                        each.style(),
                        each.steps().stream()
                                .filter(step -> Objects.nonNull(step.validationLoss()))
                                .toList()))
                .toList();
    }

    private static List<Curve> curves(List<Drawn> trainings, ToDoubleFunction<StepRecord> value) {
        return trainings.stream()
                .filter(each -> !each.steps().isEmpty())
                .map(each -> Curve.of(each.name(), each.style(), each.steps(), value))
                .toList();
    }
}
