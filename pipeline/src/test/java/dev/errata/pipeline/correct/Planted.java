package dev.errata.pipeline.correct;

import dev.errata.pipeline.filter.CorrectionFilter;
import dev.errata.pipeline.format.CorrectorAnswer;
import dev.errata.pipeline.format.Steps;
import dev.errata.pipeline.grade.AnswerKind;
import dev.errata.pipeline.grade.FinalAnswer;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.task.Gsm8k;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A path with a planted mistake.
 *
 * @param kind what was done to the right solution
 * @param step the number of the first wrong step, from 1
 */
record Planted(String kind, Problem problem, List<String> steps, String answer, int step) {
    String text() {
        return String.join("\n", steps) + "\nThe answer is " + answer + ".";
    }

    /** Whether it is a wrong path: the answers of some mistakes are right by chance. */
    boolean isWrong() {
        return !AnswerKind.NUMBER.same(answer, problem.answer()) && step >= 1;
    }

    Correction corrected() {
        String found = FinalAnswer.of(text(), AnswerKind.NUMBER);
        ReasoningPath path = new ReasoningPath(problem.id(), 0, "planted", 0, 0, text(), "stop", found, false);
        CorrectorAnswer answered = AnswerKey.correct(problem, path);
        return new CorrectionFilter(new Gsm8k()).judge(problem, path, "answer-key", null, answered);
    }

    /** How often the blamed step is the planted one, by kind. */
    static final class Score {
        private final Map<String, int[]> counts = new TreeMap<>();
        private final Map<String, Integer> reasons = new TreeMap<>();
        private final List<String> misses = new ArrayList<>();

        void add(Planted planted) {
            if (!planted.isWrong()) {
                return;
            }
            if (Steps.of(planted.text()).size() != planted.steps().size()) {
                throw new IllegalStateException("steps are read otherwise: " + planted.text());
            }
            int[] count = counts.computeIfAbsent(planted.kind(), kind -> new int[3]);
            Correction correction = planted.corrected();
            count[0]++;
            if (!correction.kept()) {
                reasons.merge(planted.kind() + ": " + correction.reason(), 1, Integer::sum);
                return;
            }
            count[1]++;
            if (correction.incorrectStep() == planted.step()) {
                count[2]++;
            } else {
                misses.add(planted.kind() + " of " + planted.problem().id() + ": step " + planted.step()
                        + " is wrong, step " + correction.incorrectStep() + " is blamed (" + correction.explanation()
                        + ")\n  " + planted.problem().question() + "\n  "
                        + planted.problem().rationale().replace("\n", "\n  ") + "\n"
                        + planted.text().replaceAll("(?m)^", "    "));
            }
        }

        /** Wrongly blamed ones, for reading. */
        List<String> misses() {
            return misses;
        }

        int paths() {
            return counts.values().stream().mapToInt(count -> count[0]).sum();
        }

        /** Right blames of all kept ones. */
        double precision() {
            return (double) right()
                    / counts.values().stream().mapToInt(count -> count[1]).sum();
        }

        /** Right blames of all paths. */
        double recall() {
            return (double) right() / paths();
        }

        private int right() {
            return counts.values().stream().mapToInt(count -> count[2]).sum();
        }

        @Override
        public String toString() {
            StringBuilder text = new StringBuilder(
                    "precision %.4f, recall %.4f of %d paths%n".formatted(precision(), recall(), paths()));
            counts.forEach((kind, count) -> text.append(
                    "  %-28s %5d paths, %5d kept, %5d rightly%n".formatted(kind, count[0], count[1], count[2])));
            reasons.forEach((reason, count) -> text.append("  %5d %s%n".formatted(count, reason)));
            return text.toString();
        }
    }
}
