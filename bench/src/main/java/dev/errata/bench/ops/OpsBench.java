package dev.errata.bench.ops;

import dev.errata.bench.measure.ResultOptions;
import dev.errata.bench.measure.Spread;
import dev.errata.bench.measure.TextTable;
import dev.errata.pipeline.cli.Command;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.OpenModel;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import dev.errata.train.Progress;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code bench ops}: single operators, checked against the reference backend and beside the machine's limits. */
@picocli.CommandLine.Command(
        name = "ops",
        description = {
            "Measure every hot operator at the shapes of real layers: its rate, and the fraction of what this machine could",
            "do at most, which is measured first: fused multiply-adds in registers, products in registers by the units that",
            "multiply bf16 and int8, and reading memory larger than the caches. A row says which of them is its limit. Each",
            "result is compared with the reference backend's; one that differs ends in exit code 1.",
            "",
            "Operands come from memory: so many copies of them are used in turn that they fill the caches twice."
        },
        footer = {
            "",
            "Examples:",
            "  errata bench ops --model smollm2-135m --threads 1,2",
            "  errata bench ops --operator Linear --weight nf4,q4_0 --rows 1 --seconds 1"
        })
public final class OpsBench implements Command.StartsOver {
    @Option(
            names = "--model",
            paramLabel = "NAME",
            split = ",",
            description =
                    "whose shapes: smollm2-135m, tinyllama-1.1b, qwen2.5-0.5b, or folders with a config.json (all three)")
    private List<String> models =
            ModelShape.KNOWN.stream().map(ModelShape::name).toList();

    @Option(
            names = "--operator",
            paramLabel = "NAME",
            split = ",",
            description = "operators by their first word, as Linear,Attention (all)")
    private List<String> operators = List.of();

    @Option(
            names = "--weight",
            paramLabel = "FORMAT",
            split = ",",
            defaultValue = "f32,bf16,nf4,q4_0,q8_0,q4_k,q6_k",
            description = "formats of frozen weights (${DEFAULT-VALUE}; q5_k too)")
    private List<String> weights;

    @Option(
            names = "--rows",
            paramLabel = "N",
            split = ",",
            defaultValue = "512,32,8,1",
            description = "rows of products, attention and sampling in inference (${DEFAULT-VALUE})")
    private List<Integer> rows;

    @Option(
            names = "--training-rows",
            paramLabel = "N",
            defaultValue = "1024",
            description = "rows of what a training runs (${DEFAULT-VALUE})")
    private int trainingRows;

    @Option(
            names = "--seconds",
            paramLabel = "S",
            defaultValue = "0.3",
            description =
                    "to measure each for, after warming up, the first of its kind 5 times as long (${DEFAULT-VALUE})")
    private double seconds;

    @Mixin
    private ResultOptions results = new ResultOptions();

    @Override
    public boolean takesSeveralThreadCounts() {
        return true;
    }

    @Override
    public void run(Session session) {
        results.check(session);
        require(rows.stream().allMatch(n -> n >= 1), "--rows", "give 1 or more");
        require(trainingRows >= 1, "--training-rows", "give 1 or more");
        require(seconds > 0 && Double.isFinite(seconds), "--seconds", "give more than 0");
        List<OperatorBenchmark> chosen = chosen();
        List<Integer> counts = ResultOptions.threadCounts(session);
        List<Ceilings> ceilings = new ArrayList<>();
        List<OperatorRow> measured = new ArrayList<>();
        long total = (long) counts.size() * chosen.size();
        try (Progress.Bar bar = session.progress().begin("bench ops", "operators", 0, total)) {
            for (int threads : counts) {
                Ceilings limits = Ceilings.measure(
                        threads, Backends.provider(session.hardware().device()));
                ceilings.add(limits);
                bar.say("bench ops: " + described(limits));
                try (Backend backend = backend(threads, session)) {
                    measured.addAll(measure(chosen, backend, limits, session, bar));
                }
            }
        }
        OpsResult result = OpsResult.here(ceilings, measured);
        results.print(
                session,
                result,
                table(measured),
                ceilings.stream().map(OpsBench::described).toList());
        refuseDifferences(measured);
    }

    private static void require(boolean right, String option, String remedy) {
        if (!right) {
            throw new BadInputException("value out of range", option, remedy);
        }
    }

    private static Backend backend(int threads, Session session) {
        Backend backend =
                OpenModel.backend(new Hardware(threads, session.hardware().device()));
        if (backend.isAsynchronous()) {
            backend.close();
            throw new BadInputException(
                    "bench ops measures processors",
                    "--device " + backend.name(),
                    "give --device cpu; bench model and bench train work on every device");
        }
        return backend;
    }

    private List<OperatorBenchmark> chosen() {
        List<OperatorBenchmark> all = OperatorTable.of(
                models.stream().map(ModelShape::of).toList(),
                weights.stream().map(WeightFormat::named).toList(),
                rows,
                trainingRows);
        TreeSet<String> names = all.stream().map(OpsBench::name).collect(Collectors.toCollection(TreeSet::new));
        for (String each : operators) {
            if (!names.contains(each)) {
                throw new BadInputException(
                        "no such operator", "--operator " + each, "use some of " + String.join(", ", names));
            }
        }
        return operators.isEmpty()
                ? all
                : all.stream().filter(each -> operators.contains(name(each))).toList();
    }

    /** The operator's name alone. */
    private static String name(OperatorBenchmark benchmark) {
        return benchmark.operator().split(" ", 2)[0];
    }

    private List<OperatorRow> measure(
            List<OperatorBenchmark> chosen, Backend backend, Ceilings limits, Session session, Progress.Bar bar) {
        OperatorMeasurement measurement = new OperatorMeasurement(backend);
        List<OperatorRow> made = new ArrayList<>();
        for (OperatorBenchmark each : chosen) {
            session.stop().check();
            OperatorRow row = measurement.measure(each, limits, seconds);
            made.add(row);
            if (row.difference() != null) {
                bar.say("bench ops: wrong result of " + row.difference());
            }
            bar.note(each + String.format(Locale.ROOT, " %.0f %%", 100 * row.fraction()));
            bar.advance(1);
        }
        return made;
    }

    private static String described(Ceilings limits) {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "%d threads: at most %s GFLOP/s (%s) and %s GB/s read (%s)",
                limits.threads(),
                limits.gflops().shownMedian(),
                limits.gflops().shownRange(),
                limits.gbytesPerSecond().shownMedian(),
                limits.gbytesPerSecond().shownRange()));
        described(text, "bf16", limits.bf16());
        described(text, "int8", limits.int8());
        return text.toString();
    }

    private static void described(StringBuilder text, String numbers, Ceilings.Peak peak) {
        if (peak != null) {
            text.append(String.format(
                    Locale.ROOT,
                    ", %s by %s %s (%s)",
                    numbers,
                    peak.unit(),
                    peak.gflops().shownMedian(),
                    peak.gflops().shownRange()));
        }
    }

    private static TextTable table(List<OperatorRow> rows) {
        TextTable table = TextTable.of(
                "operator",
                "shape",
                "#threads",
                "#microseconds",
                "#min",
                "#max",
                "#GFLOP/s",
                "#GB/s",
                "#of the limit %",
                "limit",
                "result");
        for (OperatorRow row : rows) {
            table.add(
                    row.operator(),
                    row.shape(),
                    row.threads(),
                    row.microseconds().shownMedian(),
                    Spread.shown(row.microseconds().min()),
                    Spread.shown(row.microseconds().max()),
                    row.gflops() == null ? null : Spread.shown(row.gflops()),
                    row.gbytesPerSecond() == null ? null : Spread.shown(row.gbytesPerSecond()),
                    String.format(Locale.ROOT, "%.0f", 100 * row.fraction()),
                    row.limit(),
                    row.difference() == null ? "right" : "WRONG");
        }
        return table;
    }

    /** Ends with an error where a result was wrong. */
    static void refuseDifferences(List<OperatorRow> rows) {
        List<OperatorRow> wrong =
                rows.stream().filter(row -> row.difference() != null).toList();
        if (!wrong.isEmpty()) {
            throw new RunFailedException(
                    wrong.size() + " of " + rows.size() + " results differ from the reference backend's",
                    wrong.getFirst().operator() + " " + wrong.getFirst().shape(),
                    "report the lines above: kernels that compute something else are of no use, however fast");
        }
    }
}
