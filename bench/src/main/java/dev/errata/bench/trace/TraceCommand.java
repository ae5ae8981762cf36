package dev.errata.bench.trace;

import dev.errata.bench.measure.TextTable;
import dev.errata.bench.ops.Ceilings;
import dev.errata.bench.train.ScratchFolder;
import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.data.Json;
import dev.errata.tensor.Backends;
import dev.errata.train.MemoryFit;
import dev.errata.train.MemoryPlan;
import dev.errata.train.StepRecord;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code trace}: one training step with its time, its memory and what is kept for gradients. */
@picocli.CommandLine.Command(
        name = "trace",
        description = {
            "Make one step of a training and say where its time and its memory go: by operator, by layer, by kind of memory;",
            "which tensors are kept for gradients, what made them and what waits for them. Writes trace.html, trace.json for",
            "chrome://tracing or Perfetto, and summary.json. A step of a run is made again from its nearest checkpoint; the run",
            "itself is not touched but for its folder trace."
        },
        footer = {
            "",
            "Examples:",
            "  errata trace configs/lora.yaml model=DIR data=rows.jsonl",
            "  errata trace RUN --step 40"
        })
public final class TraceCommand implements Command.StartsOver {
    /** Steps after which the program is compiled well enough to be timed. */
    private static final int WARM = 3;

    @Mixin
    private StepOptions of = new StepOptions();

    @Option(
            names = "--output",
            paramLabel = "DIR",
            description = "where the files go (RUN/trace/step-N, or trace-NAME beside a config's name)")
    private Path output;

    @Override
    public void run(Session session) {
        try (ScratchFolder scratch = ScratchFolder.make()) {
            TracedTraining training = of.training(scratch, session);
            int step = of.step();
            int threads = threads(session);
            warm(training, step);
            Ceilings ceilings = isHost(session)
                    ? Ceilings.measure(
                            threads, Backends.provider(session.hardware().device()))
                    : null;
            MemoryPlan plan = training.plan();
            boolean whole = training.config().settings().fullFineTuning();
            training.before(
                    step, inner -> new TracingBackend(inner, whole), TracingBackend::loaded, (ready, backend) -> {
                        backend.watch();
                        StepRecord made = ready.step(step);
                        StepTrace trace = backend.trace(step, threads);
                        TraceSummary summary = TraceSummary.of(
                                of.name(), trace, made, of.logged(), ready.tokens(step), ceilings, plan);
                        write(summary, trace);
                        session.result(summary, text(summary));
                        return summary;
                    });
        }
    }

    /** Steps that are made before, so that the traced one runs compiled. */
    private static void warm(TracedTraining training, int step) {
        training.before(step, inner -> inner, backend -> {}, (ready, backend) -> {
            for (int k = step; k < Math.min(step + WARM, ready.steps() + 1); k++) {
                ready.step(k);
            }
            return null;
        });
    }

    private static int threads(Session session) {
        int asked = session.hardware().threads();
        return asked > 0 ? asked : Runtime.getRuntime().availableProcessors();
    }

    /** Whether the machine's own arithmetic and memory are what bounds the device. */
    private static boolean isHost(Session session) {
        String device = session.hardware().device();
        return device == null || device.equals("cpu") || device.equals("reference");
    }

    private Path folder() {
        return output != null ? output : of.defaultFolder();
    }

    private void write(TraceSummary summary, StepTrace trace) {
        write("trace.html", TracePage.of(summary, trace));
        write("trace.json", ChromeTrace.json(trace));
        write("summary.json", Json.page(summary));
    }

    private void write(String name, String text) {
        AtomicFile.write(folder().resolve(name), text.getBytes(StandardCharsets.UTF_8));
    }

    private String text(TraceSummary summary) {
        TextTable table =
                TextTable.of("operator", "phase", "#calls", "#ms", "#share %", "#GFLOP", "#GB", "#of the limit %");
        for (OperatorLine line : summary.operators()) {
            table.add(
                    line.name(),
                    line.phase(),
                    line.calls(),
                    number("%.2f", line.seconds() * 1e3),
                    number("%.1f", 100 * line.share()),
                    number("%.2f", line.gigaflop()),
                    number("%.3f", line.gigabytes()),
                    line.fraction() == null ? null : number("%.0f", 100 * line.fraction()));
        }
        StringBuilder text = new StringBuilder(number("step %.0f: ", summary.step()))
                .append(number("%.1f ms, ", summary.seconds() * 1e3))
                .append(summary.tokens())
                .append(" tokens, loss ")
                .append(number("%.6g", summary.loss()))
                .append(same(summary))
                .append("\n\n")
                .append(table.markdown())
                .append("\nmost memory: ");
        List<String> kinds = summary.memory().peak().entrySet().stream()
                .map(kind -> kind.getKey().replace('_', ' ') + " " + MemoryFit.shown(kind.getValue()))
                .toList();
        return text.append(MemoryFit.shown(summary.memory().peakBytes()))
                .append(" (")
                .append(String.join(", ", kinds))
                .append("), planned ")
                .append(MemoryFit.shown(summary.memory().planned().total()))
                .append("\nkept for gradients: ")
                .append(MemoryFit.shown(summary.memory().keptForBackward()))
                .append(" of activations\npage: ")
                .append(folder().resolve("trace.html"))
                .toString();
    }

    private static String same(TraceSummary summary) {
        return summary.sameAsRun() == null
                ? ""
                : summary.sameAsRun() ? ", as the run logged it" : ", NOT as the run logged it";
    }

    private static String number(String format, double value) {
        return String.format(Locale.ROOT, format, value);
    }
}
