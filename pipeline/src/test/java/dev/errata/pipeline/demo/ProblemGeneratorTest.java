package dev.errata.pipeline.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.pipeline.record.Problem;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class ProblemGeneratorTest {
    private static final Pattern EQUATION = Pattern.compile("(\\d+) ([-+*/]) (\\d+) = (\\d+)");
    private static final Pattern CORRECTION = Pattern.compile(
            " Step \\d\\.\nExplanation: .+\nCorrect Solution:\n\\{\n(\\.\\.\\.\n)?(Step \\d: .+\n)+The answer is \\d+\\.\n\\}");

    @Test
    void aProblemDependsOnlyOnSeedAndNumber() {
        ProblemGenerator generator = new ProblemGenerator(7, Mix.TASK, Split.ANY);
        Problem later = generator.problem(41);

        assertThat(new ProblemGenerator(7, Mix.TASK, Split.ANY).problem(41)).isEqualTo(later);
        assertThat(new ProblemGenerator(8, Mix.TASK, Split.ANY).problem(41).question())
                .isNotEqualTo(later.question());
    }

    @ParameterizedTest
    @EnumSource(Mix.class)
    void everyStepHoldsOneTrueEquationAndTheLastGivesTheAnswer(Mix mix) {
        for (Problem problem : problems(3, mix, Split.ANY, 2000)) {
            String last = "";
            for (String step : problem.rationale().split("\n")) {
                List<MatchResult> equations = EQUATION.matcher(step).results().toList();
                assertThat(equations).as(step).hasSize(1);
                last = result(equations.getFirst());
                assertThat(equations.getFirst().group(4)).as(step).isEqualTo(last);
                assertThat(step).endsWith(".");
            }
            assertThat(problem.answer()).as(problem.question()).isEqualTo(last);
            assertThat(problem.question()).endsWith("?");
        }
    }

    @Test
    void theTaskHasTwoToFourStepsAndPretrainingAlsoOne() {
        assertThat(stepCounts(Mix.TASK)).containsExactlyInAnyOrder(2, 3, 4);
        assertThat(stepCounts(Mix.PRETRAIN)).containsExactlyInAnyOrder(1, 2, 3, 4);
    }

    @Test
    void buildingBlocksThatAreCommonInTheTaskAreRareInPretraining() {
        for (String phrase : List.of("doubles", "twice", "half")) {
            assertThat(share(Mix.TASK, phrase)).as(phrase).isGreaterThan(0.03);
            assertThat(share(Mix.PRETRAIN, phrase)).as(phrase).isLessThan(0.02);
        }
    }

    @Test
    void splitsShareNoQuestionWhateverTheirSeedsAndMixes() {
        Set<String> pretraining = questions(problems(1, Mix.PRETRAIN, Split.PRETRAINING, 20_000));
        Set<String> problems = questions(problems(1, Mix.TASK, Split.PROBLEMS, 4000));
        Set<String> heldOut = questions(problems(1, Mix.TASK, Split.HELD_OUT, 4000));

        assertThat(pretraining).doesNotContainAnyElementsOf(problems).doesNotContainAnyElementsOf(heldOut);
        assertThat(problems).doesNotContainAnyElementsOf(heldOut);
    }

    @Test
    void aSplitLooksPastCaseSpacingAndPunctuation() {
        for (Problem problem : problems(2, Mix.TASK, Split.HELD_OUT, 200)) {
            assertThat(Split.HELD_OUT.holds(
                            "  " + problem.question().toUpperCase(Locale.ROOT).replace(".", " ,\n")))
                    .isTrue();
        }
    }

    @Test
    void aSetHoldsEachQuestionOnce() {
        List<Problem> problems = new ProblemSet(new ProblemGenerator(5, Mix.PRETRAIN, Split.ANY))
                .stream().limit(20_000).toList();

        assertThat(questions(problems)).hasSameSizeAs(problems);
        assertThat(problems.stream().map(Problem::id).distinct()).hasSameSizeAs(problems);
    }

    @Test
    void pretrainingRowsAreWorkedSolutionsAndSomeCorrections() {
        int corrections = 0;
        for (Problem problem : problems(9, Mix.PRETRAIN, Split.PRETRAINING, 3000)) {
            PretrainingRow row = PretrainingRow.of(problem);
            assertThat(row.prompt()).contains("Question: " + problem.question() + "\n");
            if (row.prompt().startsWith("For the following math problem")) {
                corrections++;
                assertThat(row.completion())
                        .matches(CORRECTION)
                        .endsWith("\nThe answer is " + problem.answer() + ".\n}");
            } else {
                assertThat(row.completion())
                        .isEqualTo(problem.rationale().replace('\n', ' ') + " The answer is " + problem.answer() + ".");
            }
        }
        assertThat(corrections).isBetween(150, 280);
    }

    private static List<Problem> problems(long seed, Mix mix, Split split, int count) {
        ProblemGenerator generator = new ProblemGenerator(seed, mix, split);
        return LongStream.range(0, count).mapToObj(generator::problem).toList();
    }

    private static Set<String> questions(List<Problem> problems) {
        Set<String> questions = new HashSet<>();
        problems.forEach(problem -> questions.add(Split.normalized(problem.question())));
        return questions;
    }

    private static Set<Integer> stepCounts(Mix mix) {
        Set<Integer> counts = new HashSet<>();
        problems(4, mix, Split.ANY, 500)
                .forEach(problem -> counts.add((int) problem.rationale().lines().count()));
        return counts;
    }

    private static double share(Mix mix, String phrase) {
        List<Problem> problems = problems(6, mix, Split.ANY, 4000);
        long with = problems.stream()
                .filter(problem -> problem.question().contains(phrase))
                .count();
        return (double) with / problems.size();
    }

    private static String result(MatchResult equation) {
        int a = Integer.parseInt(equation.group(1));
        int b = Integer.parseInt(equation.group(3));
        int value = switch (equation.group(2)) {
            case "+" -> a + b;
            case "-" -> a - b;
            case "*" -> a * b;
            default -> a / b;
        };
        return Integer.toString(value);
    }
}
