package dev.errata.pipeline.demo;

import dev.errata.pipeline.record.Problem;

/**
 * Word problems like those of GSM8K, in a small closed vocabulary: 1 to 4 steps, one equation each, whole numbers up to 40. Problem
 * {@code i} depends only on seed, mix, split and {@code i}.
 *
 * @param seed chooses the sequence of problems
 * @param mix which building blocks are frequent
 * @param split which questions may come
 */
public record ProblemGenerator(long seed, Mix mix, Split split) {
    /** The problem of this number, from 0; its id names split, seed and the number from 1, so that two files share no id. */
    public Problem problem(long number) {
        Draw draw = new Draw(seed, number);
        int steps = mix.steps(draw);
        while (true) {
            Story story = new Story();
            int kind = draw.below(100);
            if (kind < 45) {
                OneOwner.tell(draw, mix, steps, story);
            } else if (kind < 80) {
                SeveralOwners.tell(draw, mix, steps, story);
            } else {
                Shopping.tell(draw, mix, steps, story);
            }
            if (story.hasSteps(steps) && split.holds(story.question())) {
                return new Problem(
                        split.label() + "-" + seed + "-" + (number + 1),
                        story.question(),
                        story.answer(),
                        story.rationale());
            }
        }
    }
}
