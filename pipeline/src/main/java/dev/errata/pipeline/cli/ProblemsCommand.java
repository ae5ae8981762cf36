package dev.errata.pipeline.cli;

import dev.errata.pipeline.demo.GeneratedFile;
import dev.errata.pipeline.demo.Mix;
import dev.errata.pipeline.demo.ProblemGenerator;
import dev.errata.pipeline.demo.ProblemSet;
import dev.errata.pipeline.demo.Split;
import dev.errata.tensor.BadInputException;
import java.nio.file.Path;
import java.util.Map;
import picocli.CommandLine.Option;

/** {@code problems}: word problems of the embedded generator, or training rows made of them, as JSONL. */
@picocli.CommandLine.Command(
        name = "problems",
        description = {
            "Write word problems of the embedded generator as JSONL; gzipped where the name ends in .gz.",
            "They follow from --seed (0 unless given)."
        },
        footer = {"", "Example:", "  errata problems --seed 7 --count 1000 --output problems.jsonl"})
public final class ProblemsCommand implements Command {
    @Option(names = "--count", required = true, description = "How many.")
    private int count;

    @Option(names = "--output", required = true, description = "The file to write, .jsonl or .jsonl.gz.")
    private Path output;

    @Option(
            names = "--mix",
            defaultValue = "task",
            description =
                    "task: the demo's problems of 2 to 4 steps (default). pretrain: easier ones, in which some kinds are rare.")
    private Mix mix;

    @Option(
            names = "--split",
            defaultValue = "any",
            description = "any (default), pretraining, problems or held_out: the last three never share a question.")
    private Split split;

    @Option(
            names = "--rows",
            defaultValue = "problems",
            description = "problems: id, question, answer, rationale (default). training: prompt and completion.")
    private GeneratedFile.Rows rows;

    @Override
    public void run(Session session) {
        if (count < 0) {
            throw new BadInputException("a negative number of problems", "--count " + count, "give 0 or more");
        }
        new GeneratedFile(output, rows)
                .write(new ProblemSet(new ProblemGenerator(session.seedOr(0), mix, split)), count);
        session.result(
                Map.of("problems", count, "output", output.toString()), count + " problems written to " + output);
    }
}
