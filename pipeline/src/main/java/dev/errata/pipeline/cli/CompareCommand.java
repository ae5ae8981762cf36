package dev.errata.pipeline.cli;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.report.ComparedRun;
import dev.errata.pipeline.report.ComparisonPage;
import dev.errata.pipeline.report.RunComparison;
import dev.errata.pipeline.run.ComparedFolder;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code compare RUN_A RUN_B}: settings, curves and verdicts of two runs. */
@picocli.CommandLine.Command(
        name = "compare",
        description = {
            "Compare two runs of the loop, two trainings or two evaluations: settings that differ, the first step in which",
            "the trainings differ, and the held-out problems that B gains and loses. Writes a page beside A's report."
        },
        footer = {"", "Example:", "  errata compare runs/before runs/after"})
public final class CompareCommand implements Command {
    @Parameters(index = "0", paramLabel = "RUN_A", description = "a run's folder")
    private Path a;

    @Parameters(index = "1", paramLabel = "RUN_B", description = "another")
    private Path b;

    @Option(
            names = "--tolerance",
            paramLabel = "R",
            defaultValue = "0",
            description =
                    "values of a step count as equal if they lie no further apart, relative to the larger one (0)")
    private double tolerance;

    @Option(names = "--output", paramLabel = "PAGE", description = "the page's file (compare-NAME_OF_B.html in RUN_A)")
    private Path output;

    @Override
    public void run(Session session) {
        if (!(tolerance >= 0 && tolerance < 1)) {
            throw new BadInputException("tolerance " + tolerance, "--tolerance", "give a number from 0 to below 1");
        }
        ComparedRun first = ComparedFolder.read(a);
        ComparedRun second = ComparedFolder.read(b);
        RunComparison found = RunComparison.of(first, second, tolerance);
        Path page = output == null
                ? a.resolve("compare-" + b.toAbsolutePath().normalize().getFileName() + ".html")
                : output;
        AtomicFile.write(page, ComparisonPage.render(first, second, found));
        ObjectNode result = Json.MAPPER.valueToTree(found);
        result.put("page", page.toString());
        session.result(result, text(found, page));
    }

    private static String text(RunComparison found, Path page) {
        StringBuilder text = new StringBuilder();
        ComparisonPage.sentences(found)
                .forEach(each -> text.append(each.replace('\u00a0', ' ')).append('\n'));
        List<RunComparison.Setting> settings = found.settings();
        text.append(settings.isEmpty() ? "\nconfigs and inputs are the same\n" : "\nsettings that differ\n");
        settings.forEach(each -> text.append("  ")
                .append(each.key())
                .append(": ")
                .append(each.a() == null ? "not set" : each.a())
                .append(" | ")
                .append(each.b() == null ? "not set" : each.b())
                .append('\n'));
        return text.append("\npage  ").append(page).toString();
    }
}
