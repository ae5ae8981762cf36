package dev.errata.bench.train;

import dev.errata.bench.measure.Measured;
import dev.errata.bench.measure.ResultOptions;
import dev.errata.bench.measure.Spread;
import dev.errata.bench.measure.TextTable;
import dev.errata.pipeline.cli.AnyConfig;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.tensor.BadInputException;
import dev.errata.train.MemoryFit;
import dev.errata.train.Progress;
import dev.errata.train.config.TrainConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code bench train}: the speed and the memory of a training, and where its time goes. */
@picocli.CommandLine.Command(
        name = "train",
        description = {
            "Make some steps of a training in a scratch folder and say how fast they are, what memory they take and which",
            "operators the time goes to. Nothing is saved; the config's own output is not touched.",
            "",
            "Operators of a backend that works asynchronously are timed in a further step, in which each is waited for."
        },
        footer = {
            "",
            "Example:",
            "  errata bench train configs/lora.yaml model=DIR data=rows.jsonl --steps 5 --threads 1,2"
        })
public final class TrainBench implements Command.StartsOver {
    @Parameters(index = "0", paramLabel = "CONFIG", description = "a config of train")
    private Path config;

    @Parameters(index = "1..*", paramLabel = "key=value", description = "overrides of the config")
    private List<String> overrides = List.of();

    @Option(names = "--steps", paramLabel = "N", defaultValue = "5", description = "steps to measure (5)")
    private int steps;

    @Option(names = "--warmup", paramLabel = "N", defaultValue = "2", description = "steps before them (2)")
    private int warmup;

    @Option(names = "--shapes", description = "tell an operator's shapes apart")
    private boolean shapes;

    @Mixin
    private ResultOptions results = new ResultOptions();

    @Override
    public boolean takesSeveralThreadCounts() {
        return true;
    }

    @Override
    public void run(Session session) {
        require(steps >= 1, "--steps", "give 1 or more");
        require(warmup >= 1, "--warmup", "give 1 or more: the first step compiles the program");
        results.check(session);
        List<TrainRow> rows = new ArrayList<>();
        List<Integer> counts = ResultOptions.threadCounts(session);
        long total = (long) counts.size() * (warmup + steps);
        try (ScratchFolder scratch = ScratchFolder.make();
                Progress.Bar bar = session.progress().begin("bench train", "steps", 0, total)) {
            TrainConfig read = AnyConfig.training(config, scratched(scratch), session);
            for (int threads : counts) {
                Hardware hardware = new Hardware(threads, session.hardware().device());
                rows.add(new TrainMeasurement(config.toString(), read, hardware, warmup, steps, shapes)
                        .measure(session, bar));
            }
        }
        results.print(session, Measured.here(rows), table(rows), notes(rows));
    }

    private static void require(boolean right, String option, String remedy) {
        if (!right) {
            throw new BadInputException("value out of range", option, remedy);
        }
    }

    /** The config's keys, with an end after the measured steps and an output that is nobody's. */
    private List<String> scratched(ScratchFolder scratch) {
        List<String> keys = new ArrayList<>(overrides);
        keys.add("output='" + scratch.path() + "'");
        keys.add("epochs=null");
        keys.add("steps=" + 2 * (warmup + steps));
        return keys;
    }

    private static TextTable table(List<TrainRow> rows) {
        TextTable table = TextTable.of(
                "#threads", "operator", "#seconds a step", "#share %", "#calls", "#GFLOP/s", "#heap bytes");
        for (TrainRow row : rows) {
            for (OperatorTally.Row each : row.operators()) {
                table.add(
                        row.threads(),
                        each.name(),
                        String.format(Locale.ROOT, "%.4f", each.seconds()),
                        String.format(Locale.ROOT, "%.1f", 100 * each.share()),
                        String.format(Locale.ROOT, "%.0f", each.calls()),
                        each.gflops() == null ? null : Spread.shown(each.gflops()),
                        each.heapBytes());
            }
        }
        return table;
    }

    private static List<String> notes(List<TrainRow> rows) {
        List<String> notes = new ArrayList<>();
        for (TrainRow row : rows) {
            notes.add(String.format(
                    Locale.ROOT,
                    "%s, %d threads: %s tokens/s (%s; first step %s) over %d steps of %.0f tokens; peak %s, of it %s tensors; "
                            + "%,d bytes on the heap a step%s",
                    row.device(),
                    row.threads(),
                    row.tokensPerSecond().shownMedian(),
                    row.tokensPerSecond().shownRange(),
                    Spread.shown(row.warmupTokensPerSecond()),
                    row.steps(),
                    row.tokens(),
                    MemoryFit.shown(row.peakBytes()),
                    MemoryFit.shown(row.reservedBytes()),
                    row.heapBytesPerStep(),
                    row.timedApart() ? "; operators were timed in a further step, each waited for" : ""));
        }
        return notes;
    }
}
