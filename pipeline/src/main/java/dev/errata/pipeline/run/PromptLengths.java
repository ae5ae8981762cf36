package dev.errata.pipeline.run;

import dev.errata.model.text.ModelText;
import dev.errata.model.text.PromptStyle;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.task.CotPrompts;
import dev.errata.tensor.BadInputException;
import java.util.Comparator;
import java.util.List;

/**
 * How long the prompts of a loop's stages get, for its plan.
 *
 * @param sample tokens of the longest prompt that is sampled from
 * @param eval tokens of the longest one that is evaluated
 * @param counted whether they were counted; else they are what the config's bounds allow
 */
public record PromptLengths(int sample, int eval, boolean counted) {
    /** The longest text is rarely the one of the most tokens, but it is among so many. */
    private static final int COUNTED = 32;

    /** Counted where problems and tokenizer are there; a plan needs neither. */
    public static PromptLengths of(LoopConfig config) {
        try {
            ProblemSets problems = ProblemSets.read(config, _ -> {});
            ModelText text = ModelText.open(config.model(), List.of()).at(config.date());
            PromptStyle style = PromptStyle.named(config.prompt());
            return new PromptLengths(
                    longest(
                            problems.prompts(config.sample().fewShot(), "sample.few_shot"),
                            problems.taken(),
                            text,
                            style),
                    longest(
                            problems.prompts(config.eval().fewShot(), "eval.few_shot"),
                            problems.heldOut(),
                            text,
                            style),
                    true);
        } catch (BadInputException notThere) {
            return new PromptLengths(
                    bound(config, config.sample().fewShot()),
                    bound(config, config.eval().fewShot()),
                    false);
        }
    }

    private static int longest(CotPrompts prompts, List<Problem> problems, ModelText text, PromptStyle style) {
        return problems.stream()
                .map(prompts::of)
                .sorted(Comparator.comparingInt(String::length).reversed())
                .limit(COUNTED)
                .mapToInt(prompt -> text.prompt(prompt, style).length)
                .max()
                .orElse(1);
    }

    private static int bound(LoopConfig config, int fewShot) {
        int question = config.train().maxPromptTokens();
        return question + fewShot * (question + config.train().maxCompletionTokens());
    }
}
