package dev.errata.pipeline.run;

import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.data.WholeLines;
import dev.errata.pipeline.engine.RowLoss;
import dev.errata.pipeline.filter.KeptCorrection;
import dev.errata.pipeline.filter.RowPool;
import dev.errata.pipeline.format.CotFormat;
import dev.errata.pipeline.format.Steps;
import dev.errata.pipeline.record.PathPerplexity;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.SolutionLoss;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.pipeline.task.Task;
import dev.errata.train.Progress;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What the base and the arms lose on the same texts: worked solutions, wrong paths, and what corrections make of these. The
 * losses of the arms' own rows can't be compared, as the rows differ. They are computed in training's types, whatever answers are.
 */
final class LossMeasurement {
    private final List<TrainingRow> solutions;
    private final List<TrainingRow> wrong = new ArrayList<>();
    private final List<TrainingRow> right = new ArrayList<>();
    private final SortedMap<String, Double> solutionLosses = new TreeMap<>();
    private final SortedMap<String, PathPerplexity.Arm> perplexities = new TreeMap<>();

    private LossMeasurement(LoopRun run) {
        solutions = run.problems().taken().stream()
                .filter(problem -> problem.rationale() != null)
                .limit(SolutionLoss.MOST_ROWS)
                .map(run.task()::cotRow)
                .toList();
        for (KeptCorrection each : spread(kept(run), PathPerplexity.MOST_CORRECTIONS)) {
            wrong.add(wrongRow(run.task(), each.problem(), each.wrong()));
            right.add(run.task().correctedRow(each.problem(), each.wrong(), each.correction()));
        }
    }

    /** Writes the two files where they are missing; a part of a run measures in its first one. */
    static void write(LoopRun run) {
        RunFolder folder = run.folder();
        boolean done = Files.exists(folder.solutionLoss()) && Files.exists(folder.pathPerplexity());
        if (done || folder.shard().index() > 0) {
            return;
        }
        LossMeasurement measurement = new LossMeasurement(run);
        List<String> contestants = EvalStage.contestants(run.config());
        try (Progress.Bar bar = run.surroundings().progress().begin("eval, losses", "models", 0, contestants.size())) {
            for (String arm : contestants) {
                run.surroundings().stop().check();
                measurement.measure(run, arm);
                bar.advance(1);
            }
        }
        AtomicFile.write(
                folder.pathPerplexity(),
                Json.page(new PathPerplexity(measurement.wrong.size(), measurement.perplexities)));
        AtomicFile.write(
                folder.solutionLoss(),
                Json.page(new SolutionLoss(measurement.solutions.size(), measurement.solutionLosses)));
    }

    private void measure(LoopRun run, String arm) {
        List<TrainingRow> rows = new ArrayList<>(solutions);
        rows.addAll(wrong);
        rows.addAll(right);
        List<RowLoss> losses = run.engine().losses(EvalStage.choice(run, arm, null), rows);
        if (losses.isEmpty()) {
            return;
        }
        int paths = solutions.size() + wrong.size();
        if (!solutions.isEmpty()) {
            solutionLosses.put(arm, mean(losses.subList(0, solutions.size())));
        }
        if (!wrong.isEmpty()) {
            perplexities.put(
                    arm, perplexity(losses.subList(solutions.size(), paths), losses.subList(paths, losses.size())));
        }
    }

    private static double mean(List<RowLoss> losses) {
        double sum = 0;
        long targets = 0;
        for (RowLoss each : losses) {
            sum += each.sum();
            targets += each.targets();
        }
        return sum / targets;
    }

    private static PathPerplexity.Arm perplexity(List<RowLoss> wrong, List<RowLoss> right) {
        double[] differences = new double[wrong.size()];
        double ofWrong = 0;
        double ofRight = 0;
        for (int i = 0; i < differences.length; i++) {
            double one = Math.exp(wrong.get(i).mean());
            double other = Math.exp(right.get(i).mean());
            ofWrong += one;
            ofRight += other;
            differences[i] = one - other;
        }
        double mean = Arrays.stream(differences).average().orElseThrow();
        Arrays.sort(differences);
        int n = differences.length;
        return new PathPerplexity.Arm(
                ofWrong / n, ofRight / n, mean, (differences[(n - 1) / 2] + differences[n / 2]) / 2);
    }

    private static List<KeptCorrection> kept(LoopRun run) {
        RunFolder whole = new RunFolder(run.folder().path());
        return RowPool.kept(
                WholeLines.read(whole.corrections(), RecordRows::correction),
                List.copyOf(run.problems().all().values()),
                WholeLines.read(whole.paths(), RecordRows::path));
    }

    /** So many of them at equal distances, the first among them. */
    private static List<KeptCorrection> spread(List<KeptCorrection> all, int most) {
        int count = Math.min(all.size(), most);
        List<KeptCorrection> chosen = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            chosen.add(all.get((int) ((long) i * all.size() / count)));
        }
        return chosen;
    }

    /** A wrong path as a solution's row would be. */
    private static TrainingRow wrongRow(Task task, Problem problem, ReasoningPath path) {
        List<String> steps = Steps.of(path.text());
        String completion =
                path.finalAnswer() == null ? String.join(" ", steps) : CotFormat.completion(steps, path.finalAnswer());
        return new TrainingRow(task.prompt(problem), completion, CotFormat.KIND, problem.id());
    }
}
