package dev.errata.pipeline.run;

import dev.errata.pipeline.config.EvalConfig;
import dev.errata.pipeline.engine.Completion;
import dev.errata.pipeline.engine.ModelChoice;
import dev.errata.pipeline.engine.Request;
import dev.errata.pipeline.engine.TextSampling;
import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.task.CotPrompts;
import java.nio.file.Path;
import java.util.List;

/** Greedy answers to problems, as {@code eval} of the config has them written; any of the run's models may give them. */
record GreedyAnswers(LoopRun run, List<Problem> problems, RequestedTexts texts) {
    /** Greedy texts need no random numbers. */
    private static final long NO_SEED = 0;

    static GreedyAnswers to(List<Problem> problems, LoopRun run) {
        EvalConfig config = run.config().eval();
        CotPrompts prompts = run.problems().prompts(config.fewShot(), "eval.few_shot");
        List<Request> requests = problems.stream()
                .map(problem -> new Request(prompts.of(problem), NO_SEED, 1))
                .toList();
        return new GreedyAnswers(
                run,
                problems,
                new RequestedTexts(
                        requests, config.limits(), TextSampling.greedy(config.maxNewTokens(), config.stop())));
    }

    /** Writes a file of {@link Evaluation}s, or what is missing of it. */
    void write(Path file, ModelChoice model, String name) {
        texts.write(
                file,
                run,
                () -> run.engine().open(model),
                name,
                "problems",
                (request, sample, all) -> evaluation(problems.get(request), all.get(sample)));
    }

    private Evaluation evaluation(Problem problem, Completion text) {
        String answer = run.task().finalAnswer(text.text(), problem);
        return new Evaluation(
                problem.id(), text.text(), text.finish(), answer, run.task().isRight(answer, problem));
    }
}
