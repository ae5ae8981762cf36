package dev.errata.pipeline.run;

import dev.errata.pipeline.format.CotFormat;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.TrainingRow;
import java.util.List;

/** Chain-of-thought prompts, with worked examples before the question where the config asks for them. */
final class CotPrompts {
    private final String before;

    CotPrompts(List<Problem> examples) {
        StringBuilder text = new StringBuilder();
        for (Problem example : examples) {
            TrainingRow row = CotFormat.row(example);
            text.append(row.prompt()).append(row.completion()).append("\n\n");
        }
        this.before = text.toString();
    }

    String of(Problem problem) {
        return before + CotFormat.prompt(problem.question());
    }
}
