package dev.errata.pipeline.review;

import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.data.WholeLines;
import dev.errata.pipeline.format.Steps;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.PathKey;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.run.RunFolder;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Philox;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A correction beside what it corrects, as the page shows it.
 *
 * @param candidates the answers to choose from; empty where the question is an open one
 * @param answer the right answer
 * @param wrongSteps the steps of the wrong path
 * @param wrongAnswer what the wrong path answers, or null
 * @param incorrectStep the step that is blamed, from 1, or null
 * @param explanation or null
 * @param firstStep the number of the correction's first step
 * @param rightSteps the correction's steps
 * @param rightAnswer what the correction answers, or null
 */
record ReviewedCorrection(
        String problemId,
        int sample,
        String question,
        List<String> candidates,
        String answer,
        List<String> wrongSteps,
        String wrongAnswer,
        Integer incorrectStep,
        String explanation,
        int firstStep,
        List<String> rightSteps,
        String rightAnswer) {
    PathKey key() {
        return new PathKey(problemId, sample);
    }

    /** The kept corrections of a run, in its order: those that are trained on. */
    static List<Correction> kept(RunFolder run) {
        return WholeLines.read(run.corrections(), RecordRows::correction).stream()
                .filter(Correction::kept)
                .toList();
    }

    /**
     * So many of the run's kept corrections, drawn by the seed: the same for every rater, and the first ones of a longer
     * draw.
     *
     * @throws BadInputException if the run has none, or one is about an unknown problem or path
     */
    static List<ReviewedCorrection> drawn(RunFolder run, int count, long seed) {
        List<Correction> kept = kept(run);
        if (kept.isEmpty()) {
            throw new BadInputException(
                    "no kept correction to review", run.corrections().toString(), "run the loop as far as correct");
        }
        int[] order = Philox.permutation(seed, Philox.stream("corrections to review"), kept.size());
        List<Correction> chosen = new ArrayList<>();
        for (int i = 0; i < Math.min(count, kept.size()); i++) {
            chosen.add(kept.get(order[i]));
        }
        return beside(run, chosen);
    }

    private static List<ReviewedCorrection> beside(RunFolder run, List<Correction> chosen) {
        Set<PathKey> wanted = chosen.stream().map(PathKey::of).collect(Collectors.toSet());
        Map<String, Problem> problems = new HashMap<>();
        WholeLines.read(run.problems(), RecordRows::problem).forEach(each -> problems.put(each.id(), each));
        Map<PathKey, ReasoningPath> paths = new HashMap<>();
        WholeLines.read(run.paths(), RecordRows::path).forEach(path -> {
            PathKey key = PathKey.of(path);
            if (wanted.contains(key)) {
                paths.put(key, path);
            }
        });
        return chosen.stream()
                .map(each -> {
                    Problem problem = problems.get(each.problemId());
                    ReasoningPath path = paths.get(PathKey.of(each));
                    if (problem == null || path == null) {
                        throw new BadInputException(
                                "a correction of an unknown " + (problem == null ? "problem" : "path"),
                                run.corrections() + ", problem_id " + each.problemId() + ", sample " + each.sample(),
                                "review the run that made it");
                    }
                    return of(problem, path, each);
                })
                .toList();
    }

    private static ReviewedCorrection of(Problem problem, ReasoningPath path, Correction correction) {
        String solution = correction.correctSolution();
        return new ReviewedCorrection(
                problem.id(),
                path.sample(),
                problem.question(),
                problem.choices(),
                problem.answer(),
                Steps.of(path.text()),
                path.finalAnswer(),
                correction.incorrectStep(),
                correction.explanation(),
                correction.incorrectStep() == null ? 1 : correction.incorrectStep(),
                solution == null ? List.of() : Steps.ofLines(solution),
                correction.finalAnswer());
    }
}
