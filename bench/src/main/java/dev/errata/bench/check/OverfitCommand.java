package dev.errata.bench.check;

import dev.errata.bench.trace.StepOptions;
import dev.errata.bench.trace.TracedTraining;
import dev.errata.bench.train.ScratchFolder;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import dev.errata.train.Progress;
import dev.errata.train.StepRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code overfit}: one batch, again and again, until its loss is near zero. */
@picocli.CommandLine.Command(
        name = "overfit",
        description = {
            "Train on the rows of the first step alone, at a constant rate and without dropout, until their loss is near zero: the",
            "first thing to try on a new setting. Exit code 1 where it stays above. Nothing is saved."
        },
        footer = {"", "Example:", "  errata overfit configs/lora.yaml model=DIR data=rows.jsonl --steps 100"})
public final class OverfitCommand implements Command.StartsOver {
    @Mixin
    private StepOptions of = new StepOptions();

    @Option(names = "--steps", paramLabel = "N", defaultValue = "200", description = "steps at most (200)")
    private int steps;

    @Option(
            names = "--loss",
            paramLabel = "X",
            defaultValue = "0.05",
            description = "the loss to reach, in nats (0.05)")
    private double target;

    /** What {@code --json} prints. */
    record Result(String config, boolean reached, int steps, List<Double> losses) {}

    @Override
    public void run(Session session) {
        if (steps < 1 || !(target > 0)) {
            throw new BadInputException(
                    "--steps or --loss is out of range", "the command line", "give 1 step and a loss above 0");
        }
        try (ScratchFolder scratch = ScratchFolder.make()) {
            Result result = training(scratch, session)
                    .ofFirstRows()
                    .before(1, inner -> inner, backend -> {}, (ready, backend) -> {
                        List<Double> losses = new ArrayList<>();
                        try (Progress.Bar bar = session.progress().begin("overfit", "steps", 0, steps)) {
                            for (int k = 1; k <= steps; k++) {
                                session.stop().check();
                                StepRecord made = ready.step(k);
                                losses.add(made.loss());
                                bar.note(number(made.loss()));
                                bar.advance(1);
                                if (made.loss() <= target) {
                                    break;
                                }
                            }
                        }
                        return new Result(of.name(), losses.getLast() <= target, losses.size(), losses);
                    });
            session.result(result, text(result));
            if (!result.reached()) {
                throw new RunFailedException(
                        "the loss of one batch is " + number(result.losses().getLast()) + " after " + result.steps()
                                + " steps, not below " + number(target),
                        of.name(),
                        "raise optimizer.learning_rate or --steps; if it doesn't fall, look at the rows' labels and at grad-check");
            }
        }
    }

    private TracedTraining training(ScratchFolder scratch, Session session) {
        List<String> keys = new ArrayList<>(
                List.of("epochs=null", "steps=" + steps, "schedule={name: constant}", "order=sequential"));
        if (of.training(scratch, session).config().settings().lora() != null) {
            keys.add("lora.lora_dropout=0");
        }
        return of.training(scratch, session, keys);
    }

    private static String text(Result result) {
        StringBuilder text = new StringBuilder();
        int every = Math.max(1, result.steps() / 10);
        for (int k = 0; k < result.steps(); k++) {
            if (k % every == 0 || k == result.steps() - 1) {
                text.append("step ")
                        .append(k + 1)
                        .append(": loss ")
                        .append(number(result.losses().get(k)))
                        .append('\n');
            }
        }
        return text.toString();
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.4g", value);
    }
}
