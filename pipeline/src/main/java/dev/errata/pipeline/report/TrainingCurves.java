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
     * Loss, validation loss where there is one, gradient norm; empty where no step was made.
     *
     * @param metrics steps in order, by the name of the arm or of the training
     */
    static List<Html> of(Map<String, List<StepRecord>> metrics) {
        var charts = new ArrayList<Html>();
        List<Curve> losses = curves(metrics, StepRecord::loss);
        if (losses.isEmpty()) {
            return charts;
        }
        charts.add(LineChart.draw("loss", "Training loss", "nats per target token", losses));
        List<Curve> validation = validation(metrics);
        if (!validation.isEmpty()) {
            charts.add(
                    LineChart.draw("validation-loss", "Loss on validation rows", "nats per target token", validation));
        }
        charts.add(LineChart.draw(
                "grad-norm", "Gradient norm before clipping", "L2 norm", curves(metrics, StepRecord::gradNorm)));
        return charts;
    }

    /** The learning rate's chart; empty where no step was made. */
    static List<Html> rates(Map<String, List<StepRecord>> metrics) {
        List<Curve> rates = curves(metrics, StepRecord::lr);
        return rates.isEmpty() ? List.of() : List.of(LineChart.draw("rate", "Learning rate", "rate", rates));
    }

    private static List<Curve> curves(Map<String, List<StepRecord>> metrics, ToDoubleFunction<StepRecord> value) {
        var curves = new ArrayList<Curve>();
        for (String arm : ArmName.ordered(metrics.keySet())) {
            List<StepRecord> steps = metrics.get(arm);
            if (!steps.isEmpty()) {
                curves.add(Curve.of(arm, steps, value));
            }
        }
        return curves;
    }

    private static List<Curve> validation(Map<String, List<StepRecord>> metrics) {
        var curves = new ArrayList<Curve>();
        for (String arm : ArmName.ordered(metrics.keySet())) {
            List<StepRecord> measured = metrics.get(arm).stream()
                    .filter(step -> Objects.nonNull(step.validationLoss()))
                    .toList();
            if (!measured.isEmpty()) {
                curves.add(Curve.of(arm, measured, StepRecord::validationLoss));
            }
        }
        return curves;
    }
}
