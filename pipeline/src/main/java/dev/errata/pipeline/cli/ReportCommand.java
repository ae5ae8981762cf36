package dev.errata.pipeline.cli;

import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.report.TrainReport;
import dev.errata.pipeline.run.RunReport;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import picocli.CommandLine.Parameters;

/** {@code report RUN}, or with the config that made it. */
@picocli.CommandLine.Command(
        name = "report",
        description = {
            "Write the report of a run, finished or not, and the summary of a finished one.",
            "Of a training's folder: the page of its curves and settings."
        },
        footer = {"", "Example:", "  errata report runs/demo"})
public final class ReportCommand implements Command {
    @Parameters(
            index = "0",
            paramLabel = "RUN|CONFIG",
            description = "a run's folder; or the YAML file that made it, or demo")
    private String config;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config")
    private List<String> overrides = List.of();

    @Override
    public void run(Session session) {
        Optional<Path> folder = folder(session);
        if (folder.isEmpty()) {
            OneStage.run("report", config, overrides, session);
        } else if (RunReport.isRun(folder.get())) {
            show(RunReport.write(folder.get()), session);
        } else {
            Path page = TrainReport.write(folder.get());
            session.result(Map.of("run", folder.get().toString(), "report", page.toString()), "report  " + page);
        }
    }

    /** The run's folder, where its own config is the truth: it was named, or a config with no other override than where it lies. */
    private Optional<Path> folder(Session session) {
        Path named = Path.of(config);
        boolean onlyOutput = overrides.stream().allMatch(each -> each.startsWith("output="));
        if (RunReport.isAnyRun(named)) {
            if (!overrides.isEmpty()) {
                throw new BadInputException(
                        "a run's own config can't be changed",
                        overrides.getFirst(),
                        "leave it out, or make another run");
            }
            return Optional.of(named);
        }
        if (!onlyOutput || session.seed() != null) {
            return Optional.empty();
        }
        Path output = ConfigArguments.of(config, overrides, session).config().output();
        return RunReport.isRun(output) ? Optional.of(output) : Optional.empty();
    }

    private static void show(RunReport report, Session session) {
        Summary summary = report.summary();
        if (report.next() == null) {
            session.result(summary, SummaryTable.of(summary));
            return;
        }
        session.progress().say("the run is not finished, " + report.next() + " comes next");
        Map<String, Object> soFar = new LinkedHashMap<>();
        soFar.put("run", summary.run());
        soFar.put("next", report.next());
        soFar.put("report", summary.report());
        session.result(soFar, "report  " + summary.run() + "/" + summary.report());
    }
}
