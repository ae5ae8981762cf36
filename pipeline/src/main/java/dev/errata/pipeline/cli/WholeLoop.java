package dev.errata.pipeline.cli;

import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.run.Loop;
import dev.errata.pipeline.run.RunFolder;
import dev.errata.pipeline.watch.WatchServer;
import dev.errata.tensor.BadInputException;
import java.util.List;

/** Runs all stages and prints the summary, or the table of it. */
final class WholeLoop {
    private WholeLoop() {}

    /**
     * @param watched the port of a page that shows the run while it is at work, 0 for any; null: none
     */
    static void run(String config, List<String> overrides, Integer watched, Session session) {
        ConfigArguments arguments = ConfigArguments.of(config, overrides, session);
        if (arguments.input() != null) {
            throw new BadInputException(
                    "input belongs to a single stage", "the command line", "run correct, filter or train-arms with it");
        }
        Loop.Outcome outcome;
        try (WatchServer _ = watched == null ? null : watch(arguments.config(), watched, session)) {
            outcome = Loop.all(arguments.config(), arguments.from(), session.surroundings());
        }
        if (outcome.already()) {
            session.progress()
                    .say("this run is finished already; to start anew, choose another output or delete "
                            + outcome.summary().run());
        }
        session.result(outcome.summary(), SummaryTable.of(outcome.summary()));
    }

    private static WatchServer watch(LoopConfig config, int port, Session session) {
        WatchServer watch = new WatchServer(new RunFolder(config.output()), port);
        session.progress().say("the run can be watched at " + watch.address());
        return watch;
    }
}
