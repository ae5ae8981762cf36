package dev.errata.pipeline.eval;

import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.task.Task;
import dev.errata.tensor.BadInputException;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How several samples of a problem count.
 *
 * @param kind by majority, or as solved where one is right
 * @param samples at least 1
 */
public record Metric(Kind kind, int samples) {
    /** By the answer that most samples give, or by any right one. */
    public enum Kind {
        /** The answer that most samples give; of several the one that is given first. */
        MAJ,
        /** Any right answer. */
        PASS
    }

    private static final Pattern FORM = Pattern.compile("(maj|pass)@([1-9]\\d{0,3})");

    /**
     * Reads {@code maj@K} or {@code pass@K}.
     *
     * @throws BadInputException if it isn't of that form
     */
    public static Metric parse(String text) {
        Matcher form = FORM.matcher(text);
        if (!form.matches()) {
            throw new BadInputException("unknown metric " + text, "--metric", "give maj@K or pass@K, as maj@8");
        }
        return new Metric(form.group(1).equals("maj") ? Kind.MAJ : Kind.PASS, Integer.parseInt(form.group(2)));
    }

    /** As the command line has it. */
    public String shown() {
        return (kind == Kind.MAJ ? "maj@" : "pass@") + samples;
    }

    /** The same samples by another metric. */
    Metric as(Kind other) {
        return new Metric(other, samples);
    }

    /**
     * The sample that counts: the first that gives the majority's answer, or the first right one, or the first.
     *
     * @param answers of each sample, or null
     */
    int counts(List<String> answers, Task task, Problem problem) {
        return kind == Kind.MAJ ? majority(answers, task) : firstRight(answers, task, problem);
    }

    private static int firstRight(List<String> answers, Task task, Problem problem) {
        for (int i = 0; i < answers.size(); i++) {
            if (task.isRight(answers.get(i), problem)) {
                return i;
            }
        }
        return 0;
    }

    private static int majority(List<String> answers, Task task) {
        int[] votes = new int[answers.size()];
        int most = 0;
        for (int i = 0; i < votes.length; i++) {
            for (int first = 0; first <= i; first++) {
                if (task.answers().same(answers.get(first), answers.get(i))) {
                    votes[first]++;
                    break;
                }
            }
        }
        for (int i = 0; i < votes.length; i++) {
            most = votes[i] > votes[most] ? i : most;
        }
        return most;
    }
}
