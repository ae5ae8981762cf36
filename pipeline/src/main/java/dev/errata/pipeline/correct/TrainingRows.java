package dev.errata.pipeline.correct;

import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.pipeline.task.Task;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Philox;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What the two arms are trained on.
 *
 * @param cot the rationale of every problem taken, in the problems' order
 * @param lema the same with corrections
 */
public record TrainingRows(List<TrainingRow> cot, List<TrainingRow> lema) {
    /** How corrections join the chain-of-thought rows. */
    public enum Mode {
        /** Some rows give way to corrections, so that both arms have equal data sizes. */
        REPLACE,
        /** All rows and all kept corrections. */
        ADD
    }

    private record Key(String problemId, int sample) {}

    /**
     * The rows of both arms; the same for the same arguments on every machine.
     *
     * @param task words them
     * @param problems the problems taken, each with a rationale
     * @param corrected the problems that corrections may belong to; those not in {@code problems} are used too
     * @param corrections with their verdicts; of several for one path the first kept one counts
     * @param paths the paths that were corrected
     * @param share with {@link Mode#REPLACE} the largest share of rows that give way, from 0 to 1. Above 0 at least one
     *     does, and at least one stays, as far as there are two rows and a kept correction.
     * @throws BadInputException if a problem taken has no rationale, or a kept correction no problem or path
     */
    public static TrainingRows of(
            Task task,
            List<Problem> problems,
            List<Problem> corrected,
            List<Correction> corrections,
            List<ReasoningPath> paths,
            Mode mode,
            double share,
            long seed) {
        List<TrainingRow> cot =
                problems.stream().map(each -> cotRow(task, each)).toList();
        List<TrainingRow> kept = correctionRows(task, corrected, corrections, paths);
        List<TrainingRow> lema = new ArrayList<>(cot);
        if (mode == Mode.ADD) {
            lema.addAll(kept);
            return new TrainingRows(cot, List.copyOf(lema));
        }
        int most = Math.min(kept.size(), cot.size() - 1);
        int wanted = (int) Math.round(share * cot.size());
        int count = share > 0 ? Math.max(0, Math.min(most, Math.max(1, wanted))) : 0;
        int[] leaving = Philox.permutation(seed, Philox.stream("rows that give way"), cot.size());
        int[] coming = Philox.permutation(seed, Philox.stream("corrections that join"), kept.size());
        for (int i = 0; i < count; i++) {
            lema.set(leaving[i], kept.get(coming[i]));
        }
        return new TrainingRows(cot, List.copyOf(lema));
    }

    private static TrainingRow cotRow(Task task, Problem problem) {
        if (problem.rationale() == null) {
            throw new BadInputException(
                    "problem has no rationale to train on",
                    problem.id(),
                    "give each problem that is taken a rationale");
        }
        return task.cotRow(problem);
    }

    /** The rows of the kept corrections in their order, at most one a path. */
    private static List<TrainingRow> correctionRows(
            Task task, List<Problem> problems, List<Correction> corrections, List<ReasoningPath> paths) {
        Map<String, Problem> byId =
                problems.stream().collect(Collectors.toMap(Problem::id, Function.identity(), (first, second) -> first));
        Map<Key, ReasoningPath> byKey = paths.stream()
                .collect(Collectors.toMap(
                        path -> new Key(path.problemId(), path.sample()),
                        Function.identity(),
                        (first, second) -> first));
        Map<Key, TrainingRow> rows = new LinkedHashMap<>();
        for (Correction correction : corrections) {
            if (!correction.kept()) {
                continue;
            }
            Key key = new Key(correction.problemId(), correction.sample());
            Problem problem = byId.get(key.problemId());
            ReasoningPath path = byKey.get(key);
            if (problem == null || path == null) {
                throw new BadInputException(
                        problem == null ? "correction of an unknown problem" : "correction of an unknown path",
                        "problem_id " + key.problemId() + ", sample " + key.sample(),
                        "give the problems and paths that the corrections were made of");
            }
            rows.putIfAbsent(key, task.correctionRow(problem, path, correction));
        }
        return List.copyOf(rows.values());
    }
}
