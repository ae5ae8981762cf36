package dev.errata.bench.replay;

import dev.errata.bench.measure.TextTable;
import dev.errata.bench.trace.StepOptions;
import dev.errata.bench.trace.TracedTraining;
import dev.errata.bench.train.ScratchFolder;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.train.StepRecord;
import dev.errata.train.StoppedException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code replay}: the values of a training step, and where two steps part. */
@picocli.CommandLine.Command(
        name = "replay",
        description = {
            "Make one step of a training again, bit for bit, and print range, norm and the share of zeros, infinities and NaN of",
            "every operator's output, gradients included. With --against, --device or --dtype, name the first operator whose",
            "output differs from the same step of another run, on another device than the best or in another type, and by how much."
        },
        footer = {
            "",
            "Examples:",
            "  errata replay RUN --step 40",
            "  errata replay RUN --step 40 --against RUN2",
            "  errata replay RUN --step 40 --device reference",
            "  errata replay RUN --step 40 --dtype bf16"
        })
public final class ReplayCommand implements Command.StartsOver {
    @Mixin
    private StepOptions of = new StepOptions();

    @Option(names = "--against", paramLabel = "RUN2", description = "the same step of another run, or of a config")
    private Path against;

    @Option(names = "--dtype", paramLabel = "TYPE", description = "the same step computed in f32 or bf16")
    private String dtype;

    @Option(
            names = "--tolerance",
            paramLabel = "X",
            defaultValue = "1e-4",
            description = "relative difference of an output above which two steps have parted (1e-4)")
    private double tolerance;

    @Override
    public void run(Session session) {
        try (ScratchFolder scratch = ScratchFolder.make()) {
            String device = session.hardware().device();
            TracedTraining training = of.training(scratch, session).on(null);
            ReplayResult result = against == null && device == null && dtype == null
                    ? alone(training, session)
                    : beside(training, session);
            session.result(result, result.comparison() == null ? table(result) : text(result));
        }
    }

    private ReplayResult alone(TracedTraining training, Session session) {
        List<OutputRanges> outputs = new ArrayList<>();
        StepRecord made = training.before(of.step(), OutputWatch::new, backend -> {}, (ready, backend) -> {
            backend.watch(output -> {
                try (output) {
                    session.stop().check();
                    outputs.add(OutputRanges.of(output));
                }
            });
            return ready.step(of.step());
        });
        return new ReplayResult(
                of.name(),
                of.step(),
                made.loss(),
                made.gradNorm(),
                ReplayResult.same(made, of.logged()),
                outputs,
                null);
    }

    private ReplayResult beside(TracedTraining training, Session session) {
        try (ScratchFolder scratch = ScratchFolder.make()) {
            List<String> keys = dtype == null ? List.of() : List.of("dtype=" + dtype);
            TracedTraining other = (against == null ? of : of.at(against)).training(scratch, session, keys);
            Seen seen = new Seen(tolerance);
            try (Lockstep both = new Lockstep(training, other, of.step())) {
                both.run((first, second) -> {
                    session.stop().check();
                    seen.look(first, second);
                });
                StepRecord made = both.firstStep();
                return new ReplayResult(
                        of.name(),
                        of.step(),
                        made.loss(),
                        made.gradNorm(),
                        ReplayResult.same(made, of.logged()),
                        null,
                        seen.told(with(session), both.secondStep()));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new StoppedException();
            }
        }
    }

    private String with(Session session) {
        List<String> words = new ArrayList<>();
        if (against != null) {
            words.add(against.toString());
        }
        if (session.hardware().device() != null) {
            words.add("device " + session.hardware().device());
        }
        if (dtype != null) {
            words.add("dtype " + dtype);
        }
        return String.join(", ", words);
    }

    /** What a comparison has seen so far. */
    private static final class Seen {
        private final double tolerance;
        private int compared;
        private int equal;
        private String unmatched;
        private OutputDifference first;
        private OutputDifference firstBeyond;
        private OutputDifference largest;

        Seen(double tolerance) {
            this.tolerance = tolerance;
        }

        void look(OperatorOutput one, OperatorOutput other) {
            if (other == null) {
                unmatched = unmatched == null ? one.toString() : unmatched;
                return;
            }
            OutputDifference difference = OutputDifference.of(one, other);
            compared++;
            if (difference.differing() == 0) {
                equal++;
                return;
            }
            first = first == null ? difference : first;
            firstBeyond = firstBeyond == null && difference.relative() > tolerance ? difference : firstBeyond;
            largest = largest == null || difference.relative() > largest.relative() ? difference : largest;
        }

        ReplayResult.Comparison told(String with, StepRecord step) {
            return new ReplayResult.Comparison(
                    with,
                    step.loss(),
                    step.gradNorm(),
                    compared,
                    equal,
                    unmatched,
                    tolerance,
                    first,
                    firstBeyond,
                    largest);
        }
    }

    private static String table(ReplayResult result) {
        TextTable table = TextTable.of(
                "#call",
                "operator",
                "phase",
                "place",
                "tensor",
                "shape",
                "#least",
                "#most",
                "#norm",
                "#zeros %",
                "#inf %",
                "#NaN %");
        for (OutputRanges each : result.outputs()) {
            table.add(
                    each.call(),
                    each.operator(),
                    each.phase(),
                    each.place(),
                    each.tensor(),
                    each.shape(),
                    each.least() == null ? null : number(each.least()),
                    each.most() == null ? null : number(each.most()),
                    number(each.norm()),
                    percent(each.zeros()),
                    percent(each.infinities()),
                    percent(each.nans()));
        }
        return head(result) + "\n\n" + table.markdown();
    }

    private static String text(ReplayResult result) {
        ReplayResult.Comparison seen = result.comparison();
        StringBuilder text = new StringBuilder(head(result))
                .append("\nagainst ")
                .append(seen.with())
                .append(": loss ")
                .append(number(seen.loss()))
                .append(", gradient norm ")
                .append(number(seen.gradNorm()))
                .append("\n\n")
                .append(seen.equal())
                .append(" of ")
                .append(seen.compared())
                .append(" outputs are equal bit for bit\n");
        if (seen.unmatched() != null) {
            text.append("without a partner, first: ").append(seen.unmatched()).append('\n');
        }
        if (seen.first() != null) {
            text.append("first that differs: ").append(seen.first()).append('\n');
            text.append("first beyond ")
                    .append(number(seen.tolerance()))
                    .append(": ")
                    .append(seen.firstBeyond() == null ? "none" : seen.firstBeyond())
                    .append('\n');
            text.append("largest: ").append(seen.largest());
        }
        return text.toString();
    }

    private static String head(ReplayResult result) {
        String same = result.sameAsRun() == null
                ? ""
                : result.sameAsRun() ? ", as the run logged them" : ", NOT as the run logged them";
        return "step " + result.step() + ": loss " + number(result.loss()) + ", gradient norm "
                + number(result.gradNorm()) + same;
    }

    private static String number(double value) {
        return String.format(Locale.ROOT, "%.6g", value);
    }

    private static String percent(double share) {
        return share == 0 ? "0" : String.format(Locale.ROOT, "%.3g", 100 * share);
    }
}
