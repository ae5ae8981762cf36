package dev.errata.pipeline.cli;

import dev.errata.pipeline.run.Loop;
import dev.errata.tensor.BadInputException;
import java.util.List;

/** Runs all stages and prints the summary, or the table of it. */
final class WholeLoop {
    private WholeLoop() {}

    static void run(String config, List<String> overrides, Session session) {
        ConfigArguments arguments = ConfigArguments.of(config, overrides, session);
        if (arguments.input() != null) {
            throw new BadInputException(
                    "input belongs to a single stage", "the command line", "run correct, filter or train-arms with it");
        }
        Loop.Outcome outcome = Loop.all(arguments.config(), session.surroundings());
        if (outcome.already()) {
            session.progress()
                    .say("this run is finished already; to start anew, choose another output or delete "
                            + outcome.summary().run());
        }
        session.result(outcome.summary(), SummaryTable.of(outcome.summary()));
    }
}
