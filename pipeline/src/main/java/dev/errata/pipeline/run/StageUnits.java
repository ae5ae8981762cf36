package dev.errata.pipeline.run;

import dev.errata.pipeline.engine.BeganElsewhere;
import dev.errata.tensor.Backends;
import java.util.List;

/** The processor's units that a stage's bf16 products are computed with. A stage goes on with those that it was begun with. */
final class StageUnits {
    private StageUnits() {}

    /**
     * The stage's entry with the units of this machine.
     *
     * @throws dev.errata.tensor.BadInputException if it was begun with others, and nobody said that its bits may change
     */
    static Manifest.StageEntry on(Stage stage, Manifest.StageEntry before, LoopRun run) {
        if (!stage.computesBf16(run.config())) {
            return before;
        }
        List<String> units =
                Backends.provider(run.surroundings().hardware().device()).bf16Units();
        if (before.units() != null) {
            BeganElsewhere.onUnits(
                            "stage " + stage.name(),
                            before.units(),
                            units,
                            run.surroundings().hardware().mayChange(),
                            run.folder().path())
                    .ifPresent(line -> run.surroundings().progress().say(stage.name() + ": " + line));
        }
        return new Manifest.StageEntry(before.input(), before.seconds(), before.finished(), units);
    }
}
