package dev.errata.pipeline.filter;

import dev.errata.pipeline.format.CorrectionPart;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.PathKey;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.pipeline.task.Task;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Philox;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * What a run has to train on: chain-of-thought rows and kept corrections. The seed puts each of the two into one order, by
 * which every arm takes its number of them. So of two arms that take 100 corrections both have the same, and differ in
 * nothing that they weren't meant to differ in.
 *
 * @param cot in the order of the problems
 * @param kept in the order of the paths, at most one a path
 */
public record RowPool(Task task, List<TrainingRow> cot, List<KeptCorrection> kept, long seed) {
    /** The row of a problem's own solution. */
    public static TrainingRow cotRow(Task task, Problem problem) {
        if (problem.rationale() == null) {
            throw new BadInputException(
                    "problem has no rationale to train on",
                    problem.id(),
                    "give each problem that is taken a rationale");
        }
        return task.cotRow(problem);
    }

    /**
     * The kept ones of these corrections.
     *
     * @param corrections with their verdicts; of several for one path the first kept one counts
     * @param problems those that corrections may belong to
     * @param paths those that were corrected
     * @throws BadInputException for a kept one without its problem or path
     */
    public static List<KeptCorrection> kept(
            List<Correction> corrections, List<Problem> problems, List<ReasoningPath> paths) {
        Map<String, Problem> byId =
                problems.stream().collect(Collectors.toMap(Problem::id, Function.identity(), (first, second) -> first));
        Map<PathKey, ReasoningPath> byKey =
                paths.stream().collect(Collectors.toMap(PathKey::of, Function.identity(), (first, second) -> first));
        Map<PathKey, KeptCorrection> kept = new LinkedHashMap<>();
        for (Correction correction : corrections) {
            if (!correction.kept()) {
                continue;
            }
            PathKey key = PathKey.of(correction);
            Problem problem = byId.get(key.problemId());
            ReasoningPath path = byKey.get(key);
            if (problem == null || path == null) {
                throw new BadInputException(
                        problem == null ? "correction of an unknown problem" : "correction of an unknown path",
                        "problem_id " + key.problemId() + ", sample " + key.sample(),
                        "give the problems and paths that the corrections were made of");
            }
            kept.putIfAbsent(key, new KeptCorrection(problem, path, correction));
        }
        return List.copyOf(kept.values());
    }

    /** The same with so many corrections at most: those that would join first. */
    public RowPool withCorrections(int most) {
        return new RowPool(task, cot, chosen(kept, Arrays.copyOf(coming(), Math.min(most, kept.size()))), seed);
    }

    /** All corrections as rows of these parts. */
    List<TrainingRow> corrections(Set<CorrectionPart> parts) {
        return kept.stream()
                .map(each -> task.correctionRow(each.problem(), each.wrong(), each.correction(), parts))
                .toList();
    }

    /** The solutions that all corrections come to, as chain-of-thought rows. */
    List<TrainingRow> corrected() {
        return kept.stream()
                .map(each -> task.correctedRow(each.problem(), each.wrong(), each.correction()))
                .toList();
    }

    /** The order in which chain-of-thought rows give way; those that stay are its last ones. */
    int[] leaving() {
        return Philox.permutation(seed, Philox.stream("rows that give way"), cot.size());
    }

    /** The order in which corrections join. */
    int[] coming() {
        return Philox.permutation(seed, Philox.stream("corrections that join"), kept.size());
    }

    /** So many chain-of-thought rows, or all where there are fewer: those that would stay if the others gave way. */
    List<TrainingRow> cot(int count) {
        int[] leaving = leaving();
        return chosen(cot, Arrays.copyOfRange(leaving, Math.max(0, leaving.length - count), leaving.length));
    }

    /** So many rows of kept corrections, or all where there are fewer: those that would join first. */
    List<TrainingRow> joining(List<TrainingRow> ofKept, int count) {
        return chosen(ofKept, Arrays.copyOf(coming(), Math.min(count, kept.size())));
    }

    /** What stands in these places, in its order. */
    static <R> List<R> chosen(List<R> rows, int[] places) {
        return Arrays.stream(places).sorted().<R>mapToObj(rows::get).toList();
    }
}
