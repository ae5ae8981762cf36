package dev.errata.pipeline.run;

import dev.errata.pipeline.config.EvalConfig;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.engine.Completion;
import dev.errata.pipeline.engine.ModelChoice;
import dev.errata.pipeline.engine.Request;
import dev.errata.pipeline.engine.TextSampling;
import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.task.CotPrompts;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

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

    /**
     * What a file of them is made of: each of its problem and the model's weights, and of no seed.
     *
     * @param weights tells the weights from others
     * @param problems the file of the problems
     * @param more keys that change the weights
     */
    static Basis basis(LoopConfig config, String weights, Path problems, String... more) {
        Set<String> keys = new TreeSet<>(Basis.OF_TEXTS);
        keys.add("eval");
        keys.addAll(List.of(more));
        if (config.eval().fewShot() > 0) {
            keys.add("problems");
        }
        return new Basis(keys, Set.of("eval.problems"), Map.of("weights", weights), RunFolder.lines(problems));
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
