package dev.errata.pipeline.cli;

import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.run.Loop;
import java.util.List;

/** Runs one stage and prints what it made. */
final class OneStage {
    private OneStage() {}

    static void run(String stage, String config, List<String> overrides, Session session) {
        ConfigArguments arguments = ConfigArguments.of(config, overrides, session);
        Object made = Loop.stage(stage, arguments.config(), arguments.input(), session.surroundings());
        session.result(made, made instanceof Summary summary ? SummaryTable.of(summary) : StageText.of(made));
    }
}
