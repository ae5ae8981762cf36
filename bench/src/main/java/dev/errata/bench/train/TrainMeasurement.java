package dev.errata.bench.train;

import dev.errata.bench.measure.HeapCounter;
import dev.errata.bench.measure.ProcessMemory;
import dev.errata.bench.measure.Spread;
import dev.errata.model.weights.ModelSource;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.OpenModel;
import dev.errata.pipeline.rows.TrainingData;
import dev.errata.train.MeasuredBackend;
import dev.errata.train.Progress;
import dev.errata.train.ReadyTraining;
import dev.errata.train.StepRecord;
import dev.errata.train.config.TrainConfig;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * Steps of one training with one number of threads.
 *
 * @param name the config's, for the result
 * @param config with an output of its own
 */
record TrainMeasurement(
        String name, TrainConfig config, Hardware hardware, int warmupSteps, int steps, boolean byShape) {
    /** The work of the host that belongs to no operator: the tape, tensors' names and memory, optimizer's pages. */
    private static final String BETWEEN = "between operators";

    TrainRow measure(Session session, Progress.Bar bar) {
        ModelSource source = ModelSource.open(config.model());
        TrainingData data;
        try {
            source.notes().forEach(bar::say);
            data = TrainingData.read(config, source.config().vocabSize(), () -> TrainingData.text(config, source));
        } catch (RuntimeException e) {
            source.close();
            throw e;
        }
        ProcessMemory.beginPeak();
        MeasuredBackend memory = new MeasuredBackend(OpenModel.backend(hardware));
        try (TimedBackend backend = new TimedBackend(memory, byShape);
                ReadyTraining training = new ReadyTraining(config, source, backend, data.examples())) {
            Steps made = new Steps(training, session, bar);
            double first = made.run(1).tokensPerSecond();
            for (int k = 2; k <= warmupSteps; k++) {
                made.run(k);
            }
            boolean together = !backend.isAsynchronous();
            if (together) {
                backend.watch();
            }
            List<Step> measured = new ArrayList<>();
            for (int k = warmupSteps + 1; k <= warmupSteps + steps; k++) {
                measured.add(made.run(k));
            }
            List<Step> watched = measured;
            if (!together) {
                backend.watch();
                watched = List.of(made.run(warmupSteps + steps + 1));
            }
            long reserved = memory.takenBytes();
            return new TrainRow(
                    name,
                    backend.name(),
                    hardware.threads(),
                    steps,
                    warmupSteps,
                    measured.stream().mapToLong(Step::tokens).average().orElseThrow(),
                    Spread.of(
                            measured.stream().mapToDouble(Step::tokensPerSecond).toArray()),
                    first,
                    ProcessMemory.peakBytes().orElse(reserved),
                    reserved,
                    (long) Spread.of(measured.stream()
                                    .mapToDouble(Step::heapBytes)
                                    .toArray())
                            .median(),
                    !together,
                    operators(backend.seen(), watched));
        }
    }

    private static List<OperatorTally.Row> operators(Collection<OperatorTally> seen, List<Step> steps) {
        long all = steps.stream().mapToLong(Step::nanos).sum();
        long heap = steps.stream().mapToLong(Step::heapBytes).sum();
        List<OperatorTally.Row> rows = new ArrayList<>();
        for (OperatorTally tally : seen) {
            rows.add(tally.row(steps.size(), all));
        }
        long between = all - seen.stream().mapToLong(OperatorTally::nanos).sum();
        long betweenHeap =
                heap - seen.stream().mapToLong(OperatorTally::heapBytes).sum();
        rows.add(new OperatorTally.Row(
                BETWEEN, between / 1e9 / steps.size(), (double) between / all, 0, betweenHeap / steps.size(), null));
        rows.sort(Comparator.comparingDouble(OperatorTally.Row::seconds).reversed());
        return rows;
    }

    /** A step that was made. */
    private record Step(long nanos, long tokens, double tokensPerSecond, long heapBytes) {}

    /** Makes steps and takes their time. */
    private record Steps(ReadyTraining training, Session session, Progress.Bar bar) {
        Step run(int number) {
            session.stop().check();
            long heap = HeapCounter.bytes();
            long begun = System.nanoTime();
            StepRecord record = training.step(number);
            long nanos = System.nanoTime() - begun;
            Step step = new Step(nanos, training.tokens(number), record.tokensPerSecond(), HeapCounter.bytes() - heap);
            bar.note(Spread.shown(step.tokensPerSecond()) + " tokens/s");
            bar.advance(1);
            return step;
        }
    }
}
