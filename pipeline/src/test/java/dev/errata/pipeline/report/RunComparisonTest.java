package dev.errata.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.Problem;
import dev.errata.train.StepRecord;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RunComparisonTest {
    private static final String HOSTILE = "</script><img src=x onerror=\"alert(1)\"> {{x}} \u2028";

    private static List<StepRecord> steps(double... losses) {
        List<StepRecord> steps = new ArrayList<>();
        for (double loss : losses) {
            steps.add(new StepRecord(steps.size() + 1, loss, 1, 1e-4, 10, 1000 + steps.size(), null));
        }
        return steps;
    }

    private static List<Evaluation> answers(String verdicts, String text) {
        List<Evaluation> answers = new ArrayList<>();
        for (int i = 0; i < verdicts.length(); i++) {
            answers.add(new Evaluation("p" + i, text + i, "stop", "1", verdicts.charAt(i) == '+'));
        }
        return answers;
    }

    private static ComparedRun run(String folder, List<StepRecord> steps, List<Evaluation> answers, String question) {
        Map<String, Problem> problems = new HashMap<>();
        answers.forEach(each ->
                problems.put(each.problemId(), new Problem(each.problemId(), question + each.problemId(), "1", null)));
        return new ComparedRun(
                folder,
                new TreeMap<>(Map.of("seed", folder, "task", "gsm8k")),
                new TreeMap<>(Map.of("lema", steps)),
                new TreeMap<>(Map.of("lema", answers)),
                problems);
    }

    private static RunComparison compared(List<StepRecord> a, List<StepRecord> b, double tolerance) {
        return RunComparison.of(run("a", a, List.of(), ""), run("b", b, List.of(), ""), tolerance);
    }

    @Test
    void theFirstStepThatDiffersIsFound() {
        RunComparison.Training training = compared(steps(3, 2, 1), steps(3, 2, 1.0000001, 0.5), 0)
                .trainings()
                .get("lema");
        assertThat(training.firstDivergingStep()).isEqualTo(3);
        assertThat(training.stepsA()).isEqualTo(3);
        assertThat(training.stepsB()).isEqualTo(4);
        assertThat(training.lossB()).isEqualTo(1.0000001);
    }

    @Test
    void ratesOfWorkAreNoDifferenceAndAToleranceForgives() {
        List<StepRecord> faster = steps(3, 2).stream()
                .map(step -> new StepRecord(step.step(), step.loss(), step.gradNorm(), step.lr(), 10, 9999, null))
                .toList();
        assertThat(compared(steps(3, 2), faster, 0).trainings().get("lema").same())
                .isTrue();
        assertThat(compared(steps(3, 2), steps(3, 2.001), 1e-3)
                        .trainings()
                        .get("lema")
                        .firstDivergingStep())
                .isNull();
        assertThat(compared(steps(3, 2), steps(3, 2.001), 1e-4)
                        .trainings()
                        .get("lema")
                        .firstDivergingStep())
                .isEqualTo(2);
    }

    @Test
    void problemsGainedAndLostAreNamed() {
        RunComparison found = RunComparison.of(
                run("a", steps(1), answers("++--+", ""), "q"), run("b", steps(1), answers("+-+--", ""), "q"), 0);
        RunComparison.Arm arm = found.arms().get("lema");
        assertThat(arm.problems()).isEqualTo(5);
        assertThat(arm.correctA()).isEqualTo(3);
        assertThat(arm.correctB()).isEqualTo(2);
        assertThat(arm.gained()).containsExactly("p2");
        assertThat(arm.lost()).containsExactly("p1", "p4");
        assertThat(arm.p()).isEqualTo(1);
        assertThat(found.settings()).containsExactly(new RunComparison.Setting("seed", "a", "b"));
    }

    @Test
    void anIdThatStandsForAnotherQuestionIsNotCompared() {
        RunComparison found = RunComparison.of(
                run("a", steps(1), answers("+", ""), "q"), run("b", steps(1), answers("-", ""), "other"), 0);
        assertThat(found.arms().get("lema").problems()).isZero();
        assertThat(found.arms().get("lema").lost()).isEmpty();
        assertThat(ComparisonPage.sentences(found).getFirst()).contains("no held-out problem in common");
    }

    @Test
    void thePageShowsWhatChangedAndHostileTextStaysText() {
        ComparedRun a = run("runs/a" + HOSTILE, steps(3, 2, 1), answers("++-", HOSTILE), HOSTILE);
        ComparedRun b = run("runs/b", steps(3, 2, 1), answers("+-+", HOSTILE), HOSTILE);
        String page = ComparisonPage.render(a, b, RunComparison.of(a, b, 0));
        WellFormed.check(page);
        assertThat(page)
                .contains("B gains 1 and loses 1", "Gained by B", "Lost by B", "is the same in all 3 steps")
                .doesNotContain("onerror=\"", "\u2028");
        assertThat(page).isEqualTo(ComparisonPage.render(a, b, RunComparison.of(a, b, 0)));
    }

    @Test
    void runsWithNothingInCommonSaySo() {
        ComparedRun none = new ComparedRun("c", new TreeMap<>(), new TreeMap<>(), new TreeMap<>(), Map.of());
        RunComparison found = RunComparison.of(run("a", steps(1), answers("+", ""), "q"), none, 0);
        assertThat(ComparisonPage.sentences(found))
                .containsExactly("The runs have no training and no evaluation in common.");
        WellFormed.check(ComparisonPage.render(run("a", steps(1), answers("+", ""), "q"), none, found));
    }
}
