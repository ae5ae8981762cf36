package dev.errata.pipeline.task;

import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.tensor.BadInputException;
import java.util.ArrayList;
import java.util.List;

/**
 * Chain-of-thought prompts, with worked examples before the question where the config asks for them: the last problems of
 * the file. A problem is never its own example; the one before them takes its place.
 */
public final class CotPrompts {
    private final Task task;
    private final List<Problem> problems;
    private final int count;
    private final String key;
    private final String place;

    /**
     * @param task words them
     * @param problems those of a file, in its order
     * @param count worked examples before each question
     * @param key the key or option of that number, for messages
     * @param place where the problems come from, for messages
     */
    public CotPrompts(Task task, List<Problem> problems, int count, String key, String place) {
        this.task = task;
        this.problems = problems;
        this.count = count;
        this.key = key;
        this.place = place;
    }

    /**
     * The prompt of a problem.
     *
     * @throws BadInputException if there are too few other problems, or one of the examples has no rationale
     */
    public String of(Problem problem) {
        StringBuilder text = new StringBuilder();
        for (Problem example : examples(problem)) {
            TrainingRow row = task.cotRow(example);
            text.append(row.prompt()).append(row.completion()).append("\n\n");
        }
        return text + task.prompt(problem);
    }

    private List<Problem> examples(Problem problem) {
        List<Problem> reversed = new ArrayList<>();
        for (int at = problems.size() - 1; at >= 0 && reversed.size() < count; at--) {
            Problem each = problems.get(at);
            if (!each.id().equals(problem.id()) && !each.question().equals(problem.question())) {
                reversed.add(withRationale(each));
            }
        }
        if (reversed.size() < count) {
            throw new BadInputException(
                    key + " is " + count + ", and there are only " + reversed.size() + " other problems",
                    place,
                    "take fewer examples or give more problems");
        }
        return reversed.reversed();
    }

    private Problem withRationale(Problem example) {
        if (example.rationale() == null) {
            throw new BadInputException(
                    "problem " + example.id().replace(':', ' ') + " has no rationale to be an example",
                    place,
                    "set " + key + " to 0 or give it a rationale");
        }
        return example;
    }
}
