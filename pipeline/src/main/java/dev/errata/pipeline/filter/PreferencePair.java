package dev.errata.pipeline.filter;

import dev.errata.pipeline.format.CotFormat;
import dev.errata.pipeline.format.Steps;
import dev.errata.pipeline.task.Task;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * What a kept correction says of two ways to go on, as preference trainings want it (TRL's columns; Step-DPO, arXiv
 * 2406.18629): the texts joined are what a chain-of-thought row would be.
 *
 * @param prompt the problem's prompt and the right steps that both ways share
 * @param chosen how the correction goes on
 * @param rejected how the wrong path goes on
 */
public record PreferencePair(String prompt, String chosen, String rejected) {
    /** How much of the two ways a pair holds. */
    public enum Length {
        /** The first step in which they differ. */
        STEP,
        /** All to their ends, with the sentences of their answers. */
        REST
    }

    /**
     * The pair of a correction; empty where the two ways don't differ in these words, or the wrong one has nothing there.
     *
     * <p>A correction of a whole answer names no step: its pair is of the whole answers.
     *
     * @param wrapped wraps the problem's prompt, as a chat template does
     */
    public static Optional<PreferencePair> of(
            Task task, KeptCorrection kept, Length length, UnaryOperator<String> wrapped) {
        List<String> right = task.corrections().corrected(kept.wrong(), kept.correction());
        List<String> wrong = Steps.of(kept.wrong().text());
        Integer step = kept.correction().incorrectStep();
        int shared = step == null ? 0 : Math.min(step - 1, wrong.size());
        boolean whole = step == null || length == Length.REST;
        String chosen = text(right, shared, whole, kept.correction().finalAnswer());
        String rejected = text(wrong, shared, whole, kept.wrong().finalAnswer());
        if (chosen.isEmpty() || rejected.isEmpty() || chosen.equals(rejected)) {
            return Optional.empty();
        }
        // The space belongs to what follows, as tokenizers have it.
        String space = shared == 0 ? "" : " ";
        String prompt = wrapped.apply(task.prompt(kept.problem())) + String.join(" ", right.subList(0, shared));
        return Optional.of(new PreferencePair(prompt, space + chosen, space + rejected));
    }

    /** The steps from one on, or that one alone; where there is none, the answer's sentence; nothing where there is no answer. */
    private static String text(List<String> steps, int from, boolean whole, String answer) {
        if (from < steps.size() && !whole) {
            return steps.get(from);
        }
        List<String> rest = steps.subList(Math.min(from, steps.size()), steps.size());
        return answer == null ? String.join(" ", rest) : CotFormat.completion(rest, answer);
    }
}
