package dev.errata.bench.check;

import dev.errata.bench.measure.TextTable;
import dev.errata.bench.trace.StepOptions;
import dev.errata.bench.trace.TracedTraining;
import dev.errata.bench.train.ScratchFolder;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import dev.errata.train.LossGradient;
import dev.errata.train.ReadyTraining;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code grad-check}: the tape against finite differences. */
@picocli.CommandLine.Command(
        name = "grad-check",
        description = {
            "Compare the gradient rule of every operator that a training uses with finite differences, on the training's own model",
            "and device, with its rows cut down to a few tokens and everything computed in f32; then the gradient of the whole loss",
            "by all that is trained. Exit code 1 where one is off. Nothing is written."
        },
        footer = {
            "",
            "Examples:",
            "  errata grad-check configs/lora.yaml model=DIR data=rows.jsonl",
            "  errata grad-check RUN --device reference"
        })
public final class GradCheckCommand implements Command.StartsOver {
    @Mixin
    private StepOptions of = new StepOptions();

    @Option(
            names = "--tokens",
            paramLabel = "N",
            defaultValue = "12",
            description = "tokens that rows are cut down to (12)")
    private int tokens;

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            defaultValue = "0.01",
            description = "largest relative error of a gradient (0.01)")
    private double tolerance;

    /** What {@code --json} prints. */
    record Result(String config, String device, double tolerance, List<GradientRow> checks, Set<String> passedOver) {}

    @Override
    public void run(Session session) {
        if (tokens < 4) {
            throw new BadInputException("--tokens is " + tokens, "the command line", "give 4 or more");
        }
        try (ScratchFolder scratch = ScratchFolder.make()) {
            // Rounding to bf16 would drown the differences.
            TracedTraining training = of.training(scratch, session, List.of("dtype=f32", "activations=f32"));
            Result result = training.before(
                    of.step(), CheckingBackend::new, backend -> {}, (ready, backend) -> checked(ready, backend));
            session.result(result, text(result));
            List<GradientRow> off = result.checks().stream()
                    .filter(row -> !(row.error() <= tolerance))
                    .toList();
            if (!off.isEmpty()) {
                GradientRow worst = off.getFirst();
                throw new RunFailedException(
                        off.size() + " gradients differ from finite differences, most that of " + worst.operator()
                                + " by " + worst.input() + ", relatively by " + number(worst.error()),
                        of.name(),
                        "look at this operator's rule, or report it");
            }
        }
    }

    private Result checked(ReadyTraining ready, CheckingBackend backend) {
        LossGradient loss = new LossGradient(ready, of.step(), tokens);
        backend.check();
        loss.run();
        backend.stop();
        List<GradientRow> rows = new ArrayList<>(backend.rows());
        rows.add(new GradientRow("loss", tokens + " tokens", "all that is trained", loss.elements(), loss.error()));
        rows.sort(Comparator.comparingDouble(GradientRow::error).reversed());
        return new Result(of.name(), backend.name(), tolerance, rows, new TreeSet<>(backend.passedOver()));
    }

    private static String text(Result result) {
        TextTable table = TextTable.of("operator", "shape", "by", "#elements", "#error");
        for (GradientRow row : result.checks()) {
            table.add(row.operator(), row.shape(), row.input(), row.elements(), number(row.error()));
        }
        String passed = result.passedOver().isEmpty()
                ? ""
                : "\nnot checked, as their tensors aren't F32: " + String.join(", ", result.passedOver());
        return table.markdown() + "\non " + result.device() + ", tolerance " + number(result.tolerance()) + passed;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.2g", value);
    }
}
