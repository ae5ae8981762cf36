package dev.errata.pipeline.correct;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.demo.Mix;
import dev.errata.pipeline.demo.ProblemGenerator;
import dev.errata.pipeline.demo.Split;
import dev.errata.pipeline.format.Steps;
import dev.errata.pipeline.grade.Rational;
import dev.errata.pipeline.record.Problem;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How often the answer key blames the step in which a mistake was planted: of what it keeps at least 98 %, and so at least
 * 70 % of all paths. Where it isn't sure, it rejects.
 */
final class FirstMistakeMeasurementTest {
    private static final double PRECISION = 0.98;
    private static final double RECALL = 0.70;

    private static final List<String> NAMES =
            List.of("Tom", "Anna", "Ben", "Mia", "Sam", "Lucy", "Jack", "Emma", "Leo", "Nina", "Paul", "Rosa");

    /** How the computations of paths are written; annotations keep their own way. */
    enum Writing implements Solution.Spelling {
        PLAIN,
        TYPESET,
        MONEY,
        SPOKEN;

        @Override
        public String equation(String left, char operator, String right, String value) {
            return switch (this) {
                case PLAIN, MONEY -> left + " " + operator + " " + right + " = " + value;
                case TYPESET -> left + sign(operator) + right + "=" + value;
                case SPOKEN -> left + spoken(operator) + right + " equals " + value;
            };
        }

        private static String sign(char operator) {
            return switch (operator) {
                case '*' -> "×";
                case '/' -> "÷";
                case '-' -> "−";
                default -> "+";
            };
        }

        private static String spoken(char operator) {
            return switch (operator) {
                case '*' -> " times ";
                case '/' -> " divided by ";
                case '-' -> " minus ";
                default -> " plus ";
            };
        }

        @Override
        public String number(Rational value) {
            if (this != MONEY) {
                return value.decimal();
            }
            return value.isInteger() ? String.format(Locale.ROOT, "$%,d", value.numerator()) : "$" + value.decimal();
        }
    }

    /** Each kind of mistake once, where the solution has a place for it. */
    private static void plant(Solution solution, RandomGenerator random, Writing writing, Planted.Score score) {
        List<Rational> given =
                GivenNumbers.in(solution.problem().question()).stream().sorted().toList();
        List<String> names =
                NAMES.stream().filter(solution.problem().question()::contains).toList();
        for (Solution.Kind kind : Solution.Kind.values()) {
            Optional<Planted> planted = Optional.empty();
            for (int tries = 0; !given.isEmpty() && planted.isEmpty() && tries < 6; tries++) {
                planted = solution.planted(kind, random, writing, given, names).filter(Planted::isWrong);
            }
            planted.ifPresent(score::add);
        }
    }

    private static RandomGenerator random(long seed) {
        return RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
    }

    private static void judge(String name, Planted.Score score) {
        String told = name + ": " + score + String.join("\n", score.misses());
        assertThat(score.paths()).isGreaterThan(500);
        assertThat(score.precision()).as(told).isGreaterThanOrEqualTo(PRECISION);
        assertThat(score.recall()).as(told).isGreaterThanOrEqualTo(RECALL);
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13})
    void inProblemsOfTheGenerator(long seed) {
        Planted.Score score = new Planted.Score();
        ProblemGenerator generator = new ProblemGenerator(seed, Mix.TASK, Split.ANY);
        RandomGenerator random = random(seed);
        for (int i = 0; i < 300; i++) {
            Problem problem = generator.problem(i);
            Solution solution =
                    Solution.read(problem, Steps.of(problem.rationale())).orElseThrow();
            plant(solution, random, Writing.PLAIN, score);
        }
        judge("generated problems, seed " + seed, score);
    }

    /** Decimals, percentages, money, thousands; the words of the annotations. */
    @ParameterizedTest
    @EnumSource(Writing.class)
    void inAnnotationsOfGsm8k(Writing writing) {
        Planted.Score score = new Planted.Score();
        RandomGenerator random = random(3);
        for (JsonRow row : rows()) {
            Problem problem = problem(row);
            Solution.read(problem, Steps.of(problem.rationale()))
                    .ifPresent(solution -> plant(solution, random, writing, score));
        }
        judge("GSM8K's annotations, " + writing, score);
    }

    /**
     * Other words and other ways: right solutions by four models beside GSM8K's annotation of the same problem. Some of them
     * come to the right answer by wrong steps, so that even a perfect reader would be faulted now and then.
     */
    @Test
    void inSolutionsThatModelsWrote() {
        Planted.Score score = new Planted.Score();
        RandomGenerator random = random(5);
        for (JsonRow row : rows()) {
            Problem problem = problem(row);
            for (String text : row.texts("solutions")) {
                List<String> steps = Steps.of(text.replaceAll("A: [^\\n]*$", ""));
                Solution.read(problem, steps)
                        .filter(solution -> !steps.equals(Steps.of(problem.rationale())))
                        .filter(solution -> solution.answer().equals(problem.answer()))
                        .ifPresent(solution -> plant(solution, random, Writing.PLAIN, score));
            }
        }
        judge("models' solutions", score);
    }

    private static Problem problem(JsonRow row) {
        String[] parts = row.text("answer").split("\n#### ", 2);
        return new Problem(row.id("id"), row.text("question"), parts[1].replace(",", ""), parts[0]);
    }

    private static List<JsonRow> rows() {
        try {
            Path file = Path.of(Objects.requireNonNull(
                            FirstMistakeMeasurementTest.class.getResource("/correct/gsm8k-solutions.jsonl.gz"))
                    .toURI());
            return new ArrayList<>(JsonRows.readAll(file, row -> row));
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }
}
