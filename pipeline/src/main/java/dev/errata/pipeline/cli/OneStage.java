package dev.errata.pipeline.cli;

import dev.errata.pipeline.folder.WorkShard;
import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.run.Loop;
import dev.errata.tensor.BadInputException;
import java.util.List;

/** Runs one stage and prints what it made. */
final class OneStage {
    private OneStage() {}

    /** The whole stage. */
    static void run(String stage, String config, List<String> overrides, Session session) {
        run(stage, config, overrides, null, session);
    }

    /** @param shard the part of it, as {@code I/N}; null: all of it */
    static void run(String stage, String config, List<String> overrides, String shard, Session session) {
        ConfigArguments arguments = ConfigArguments.of(config, overrides, session);
        if (arguments.from() != null) {
            throw new BadInputException(
                    "from belongs to the whole loop", "the command line", "use it with run, which takes what there is");
        }
        WorkShard part = shard == null ? WorkShard.WHOLE : WorkShard.parse(shard);
        Object made = Loop.stage(stage, arguments.config(), arguments.input(), part, session.surroundings());
        session.result(made, made instanceof Summary summary ? SummaryTable.of(summary) : StageText.of(made));
    }
}
