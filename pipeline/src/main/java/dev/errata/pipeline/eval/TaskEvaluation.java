package dev.errata.pipeline.eval;

import dev.errata.model.generate.EngineLimits;
import dev.errata.pipeline.data.WholeLines;
import dev.errata.pipeline.engine.Completion;
import dev.errata.pipeline.engine.Request;
import dev.errata.pipeline.engine.Surroundings;
import dev.errata.pipeline.engine.TextModel;
import dev.errata.pipeline.folder.JsonlAppender;
import dev.errata.pipeline.folder.WorkShard;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.task.CotPrompts;
import dev.errata.pipeline.task.ProblemFile;
import dev.errata.pipeline.task.Task;
import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Lets a model answer a task's problems and counts what it solves. */
public final class TaskEvaluation {
    private final EvaluationSettings settings;
    private final Surroundings surroundings;
    private final List<Problem> problems;
    private final List<String> prompts;

    /**
     * @param problems those of this part
     * @param prompts one for each
     */
    private TaskEvaluation(
            EvaluationSettings settings, Surroundings surroundings, List<Problem> problems, List<String> prompts) {
        this.settings = settings;
        this.surroundings = surroundings;
        this.problems = problems;
        this.prompts = prompts;
    }

    /**
     * Evaluates.
     *
     * @param output where the records are kept, so that an interrupted evaluation goes on there; null: nowhere
     * @param shard the part of the problems that is evaluated
     * @return the figures of that part
     */
    public static EvaluationResult run(
            EvaluationSettings settings, Path output, WorkShard shard, Surroundings surroundings) {
        Task task = settings.task();
        List<Problem> all = problems(settings, surroundings.progress()::say);
        List<Problem> part = shard.of(all);
        CotPrompts prompts = prompts(settings, surroundings.progress()::say);
        TaskEvaluation evaluation = new TaskEvaluation(
                settings, surroundings, part, part.stream().map(prompts::of).toList());
        if (output == null) {
            List<EvaluatedProblem> records = new ArrayList<>();
            evaluation.write(0, records::addAll);
            return EvaluationResult.of(task, settings.metric(), part, records);
        }
        try (EvaluationFolder folder = EvaluationFolder.open(
                output, settings, all.stream().map(Problem::id).toList())) {
            Path file = folder.records(shard);
            if (!Files.exists(file)) {
                try (JsonlAppender records = JsonlAppender.open(file)) {
                    evaluation.write(records.count(), records::append);
                    records.finish();
                }
            }
            return EvaluationResult.of(task, settings.metric(), part, WholeLines.read(file, EvaluatedProblem::read));
        }
    }

    private static List<Problem> problems(EvaluationSettings settings, Consumer<String> notes) {
        List<Problem> all = ProblemFile.read(settings.input(), settings.task(), notes);
        return settings.limit() == 0 ? all : all.subList(0, Math.min(settings.limit(), all.size()));
    }

    private static CotPrompts prompts(EvaluationSettings settings, Consumer<String> notes) {
        Task task = settings.task();
        List<Problem> examples =
                settings.examples() == null ? task.examples() : ProblemFile.read(settings.examples(), task, notes);
        String place = settings.examples() == null
                ? "the examples of " + task.name()
                : settings.examples().toString();
        return new CotPrompts(task, examples, settings.fewShot(), "--few-shot", place);
    }

    /** Takes records as they are made. */
    private interface Records {
        void add(List<EvaluatedProblem> made);
    }

    /** Makes the records that are missing behind the first {@code done} ones. */
    private void write(int done, Records records) {
        StopSignal stop = surroundings.stop();
        stop.check();
        if (done >= problems.size()) {
            return;
        }
        List<Request> requests = prompts.subList(done, prompts.size()).stream()
                .map(prompt ->
                        new Request(prompt, settings.seed(), settings.metric().samples()))
                .toList();
        EngineLimits limits = EngineLimits.of(settings.batchSize());
        Progress progress = surroundings.progress();
        try (TextModel model = surroundings.engine().get().open(settings.choice(surroundings.hardware()));
                Progress.Bar bar =
                        progress.begin("eval " + settings.task().name(), "problems", done, problems.size())) {
            model.complete(requests, settings.sampling(), limits, new TextModel.Texts() {
                @Override
                public void written(int place, List<Completion> texts) {
                    records.add(List.of(record(problems.get(done + place), texts)));
                    bar.advance(1);
                }

                @Override
                public void noted(String line) {
                    progress.say("eval: " + line);
                }

                @Override
                public void goesOn() {
                    stop.check();
                }
            });
        }
    }

    private EvaluatedProblem record(Problem problem, List<Completion> texts) {
        Task task = settings.task();
        List<SampledAnswer> samples = new ArrayList<>();
        for (Completion text : texts) {
            samples.add(SampledAnswer.of(text, task, problem));
        }
        List<String> answers = new ArrayList<>();
        samples.forEach(sample -> answers.add(sample.finalAnswer()));
        int counts = settings.metric().counts(answers, task, problem);
        return EvaluatedProblem.of(problem.id(), samples, counts, task.isRight(answers.get(counts), problem));
    }
}
