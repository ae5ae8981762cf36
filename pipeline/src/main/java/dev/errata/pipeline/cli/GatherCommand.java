package dev.errata.pipeline.cli;

import dev.errata.pipeline.eval.EvaluationFolder;
import dev.errata.pipeline.eval.GatheredEvaluation;
import dev.errata.pipeline.run.GatheredRun;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code gather RUN --from DIR…}: joins what {@code --shard} divided. */
@picocli.CommandLine.Command(
        name = "gather",
        description = {
            "Join the shards of sample, correct or eval into the records of an undivided run, to the byte.",
            "A shard that is missing, doubled, unfinished or of other settings is named, and nothing is written."
        },
        footer = {
            "",
            "Example:",
            "  errata sample loop.yaml output=part-0 --shard 0/2     # here",
            "  errata sample loop.yaml output=part-1 --shard 1/2     # there",
            "  errata gather runs/mine --from part-0 part-1",
            "  errata run loop.yaml output=runs/mine"
        })
public final class GatherCommand implements Command {
    @Parameters(
            index = "0",
            paramLabel = "RUN",
            description = "the folder that gets the records: new, or the run itself")
    private Path run;

    @Option(
            names = "--from",
            required = true,
            arity = "1..*",
            paramLabel = "DIR",
            description = "folders that were made with --shard")
    private List<Path> parts;

    @Override
    public void run(Session session) {
        boolean evaluation = EvaluationFolder.isOne(parts.getFirst());
        SortedMap<String, Integer> records =
                evaluation ? GatheredEvaluation.of(run, parts) : GatheredRun.of(run, parts);
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("run", run.toString());
        result.put("records", records);
        session.result(result, StageText.of(result));
        if (evaluation) {
            session.progress()
                    .say("gather: the same eval with --output " + run + " and without --shard shows its figures");
        }
    }
}
