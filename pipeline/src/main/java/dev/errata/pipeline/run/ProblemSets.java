package dev.errata.pipeline.run;

import dev.errata.pipeline.config.ChooseConfig;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.data.QuestionOverlap;
import dev.errata.pipeline.data.RowFile;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.task.CotPrompts;
import dev.errata.pipeline.task.ProblemFile;
import dev.errata.pipeline.task.Task;
import dev.errata.pipeline.task.Tasks;
import dev.errata.tensor.BadInputException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The problems of a run.
 *
 * @param task reads and words them
 * @param all every problem of {@code problems}, by id, in the file's order
 * @param taken the first {@code sample.problems} of them
 * @param choosing those that choose among checkpoints; none where the last one is evaluated
 * @param heldOut the first {@code eval.problems} of {@code held_out}
 */
record ProblemSets(
        Task task,
        Map<String, Problem> all,
        List<Problem> taken,
        List<Problem> choosing,
        List<Problem> heldOut,
        Path file,
        Path choosingFile,
        Path heldOutFile) {
    /** Reads all files; a bad line, or one question in two parts that are kept apart, is bad input. */
    static ProblemSets read(LoopConfig config, Consumer<String> notes) {
        Task task = Tasks.named(config.task(), "task");
        requireFile(config.problems());
        requireFile(config.heldOut());
        List<Problem> problems = ProblemFile.read(config.problems(), task, notes);
        List<Problem> heldOut = ProblemFile.read(config.heldOut(), task, notes);
        Map<String, Problem> all = new LinkedHashMap<>();
        problems.forEach(problem -> all.put(problem.id(), problem));
        ProblemSets sets = new ProblemSets(
                task,
                all,
                first(problems, config.sample().problems()),
                choosing(config, problems, task, notes),
                first(heldOut, config.eval().problems()),
                config.problems(),
                config.choose() == null || config.choose().from() == null
                        ? config.problems()
                        : config.choose().from(),
                config.heldOut());
        sets.keepApart(sets.taken);
        QuestionOverlap.refuse(sets.choosing, "choose checkpoints", sets.choosingFile, sets.heldOut, sets.heldOutFile);
        return sets;
    }

    /** The problems that choose: of a file of their own, or those that follow the ones taken. */
    private static List<Problem> choosing(
            LoopConfig config, List<Problem> problems, Task task, Consumer<String> notes) {
        ChooseConfig choose = config.choose();
        if (choose == null) {
            return List.of();
        }
        if (choose.from() != null) {
            requireFile(choose.from());
            return first(ProblemFile.read(choose.from(), task, notes), choose.problems());
        }
        int taken = Math.min(config.sample().problems(), problems.size());
        if (problems.size() - taken < choose.problems()) {
            throw new BadInputException(
                    "choose.problems is " + choose.problems() + ", and " + (problems.size() - taken)
                            + " problems follow the " + taken + " that are taken",
                    config.problems().toString(),
                    "take fewer, or name a file with choose.from");
        }
        return problems.subList(taken, taken + choose.problems());
    }

    private static void requireFile(Path file) {
        if (!Files.isRegularFile(RowFile.of(file).file())) {
            throw new BadInputException("no such file of problems", file.toString(), "name a .jsonl or .jsonl.gz file");
        }
    }

    private static List<Problem> first(List<Problem> problems, int count) {
        return problems.subList(0, Math.min(count, problems.size()));
    }

    /** The problems that nothing is trained on: those held out, and those that choose. */
    List<Problem> setApart() {
        return Stream.concat(heldOut.stream(), choosing.stream()).toList();
    }

    /** Refuses training problems that are held out, or choose. */
    void keepApart(List<Problem> training) {
        QuestionOverlap.refuse(training, "are trained on", file, heldOut, heldOutFile);
        QuestionOverlap.refuse(training, "are trained on", file, choosing, choosingFile);
    }

    /** Prompts with this many worked examples, from the end of {@code problems}. */
    CotPrompts prompts(int fewShot, String key) {
        return new CotPrompts(task, List.copyOf(all.values()), fewShot, key, file.toString());
    }

    /** Looks before hours of sampling whether there is something to train on. */
    void requireRationales() {
        for (Problem each : taken) {
            if (each.rationale() == null) {
                throw new BadInputException(
                        "problem " + each.id().replace(':', ' ') + " has no rationale to train on",
                        file.toString(),
                        "give each problem that is taken a rationale");
            }
        }
    }
}
