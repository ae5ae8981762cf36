package dev.errata.pipeline.cli;

import dev.errata.pipeline.filter.PreferencePair;
import dev.errata.pipeline.run.PairExport;
import dev.errata.pipeline.run.RunReport;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code pairs RUN --output F.jsonl}: a run's corrections as preference pairs. */
@picocli.CommandLine.Command(
        name = "pairs",
        description = {
            "Write a run's kept corrections as preference pairs, rows of prompt, chosen and rejected as TRL reads them:",
            "the prompt ends with the right steps that both share, chosen is the right next step, rejected the wrong one."
        },
        footer = {"", "Example:", "  errata pairs runs/demo --output pairs.jsonl"})
public final class PairsCommand implements Command {
    @Parameters(index = "0", paramLabel = "RUN", description = "a run's folder, its stage correct done")
    private Path run;

    @Option(names = "--output", required = true, paramLabel = "F.jsonl", description = "the file to write")
    private Path output;

    @Option(names = "--rest", description = "the solutions to their ends instead of one step, as plain DPO wants them")
    private boolean rest;

    @Override
    public void run(Session session) {
        if (!RunReport.isRun(run)) {
            throw new BadInputException("not a run's folder", run.toString(), "name the output of errata run");
        }
        PairExport made = PairExport.write(run, rest ? PreferencePair.Length.REST : PreferencePair.Length.STEP, output);
        session.result(
                made,
                made.pairs() + " pairs of " + made.corrections() + " corrections in " + made.output()
                        + (made.skipped() == 0 ? "" : ", " + made.skipped() + " make none"));
    }
}
