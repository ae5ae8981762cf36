package dev.errata.pipeline.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.pipeline.config.ArmConfig;
import dev.errata.pipeline.config.FilterConfig;
import dev.errata.pipeline.config.RowChoice;
import dev.errata.pipeline.format.CorrectionForm;
import dev.errata.pipeline.format.CorrectionPart;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.pipeline.task.Gsm8k;
import dev.errata.tensor.BadInputException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.DoubleRange;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ArmRowsTest {
    private static final RowChoice ALL = RowChoice.ALL;
    private static final RowChoice NONE = RowChoice.NONE;

    private final List<Problem> problems = new ArrayList<>();
    private final List<ReasoningPath> paths = new ArrayList<>();
    private final List<Correction> corrections = new ArrayList<>();

    @Property(tries = 100)
    void replacingKeepsTheSizeAndBothKinds(
            @ForAll @IntRange(min = 2, max = 40) int count,
            @ForAll @IntRange(max = 60) int kept,
            @ForAll @DoubleRange(min = 0.01, max = 1) double share,
            @ForAll long seed) {
        fill(count, kept);
        List<TrainingRow> cot = cot(seed);
        List<TrainingRow> rows = lema("replace", share, seed);
        assertThat(cot).hasSize(count).allMatch(row -> row.kind().equals("cot"));
        assertThat(rows).hasSize(count);
        List<TrainingRow> corrected = corrected(rows);
        assertThat(corrected.size()).isLessThan(count).isLessThanOrEqualTo(Math.max(1, (int)
                Math.round(share * count)));
        assertThat(corrected.isEmpty()).isEqualTo(kept == 0);
        assertThat(new HashSet<>(corrected)).hasSameSizeAs(corrected);
        assertThat(rows).isEqualTo(lema("replace", share, seed));
        for (int i = 0; i < count; i++) {
            boolean isCot = rows.get(i).kind().equals("cot");
            assertThat(!isCot || rows.get(i).equals(cot.get(i))).isTrue();
        }
    }

    @Test
    void anotherSeedChoosesOtherRows() {
        fill(40, 40);
        assertThat(lema("replace", 0.3, 1)).isNotEqualTo(lema("replace", 0.3, 2));
    }

    @Test
    void addingTakesEverythingOnceAPath() {
        fill(3, 4);
        corrections.add(corrections.getFirst());
        List<TrainingRow> rows = lema("add", 0, 1);
        assertThat(rows).hasSize(7);
        assertThat(corrected(rows)).hasSize(4);
    }

    @Test
    void oneRowOrNoShareLeavesTheSolutions() {
        fill(1, 3);
        assertThat(corrected(lema("replace", 1, 1))).isEmpty();
        fill(5, 3);
        assertThat(corrected(lema("replace", 0, 1))).isEmpty();
    }

    @Test
    void refusesAProblemWithoutRationaleAndACorrectionWithoutPath() {
        fill(2, 1);
        paths.clear();
        assertThatThrownBy(() -> lema("add", 1, 1)).isInstanceOf(BadInputException.class);
        problems.add(new Problem("bare", "?", "1", null));
        assertThatThrownBy(() -> lema("add", 1, 1)).hasMessageContaining("bare");
    }

    @Test
    void aMixtureOfSoManyRowsHasThoseOfLema() {
        fill(40, 30);
        List<TrainingRow> lema = lema("replace", 0.25, 5);
        List<TrainingRow> own = rows(5, arm("own", "30", "none", "10"));
        assertThat(own).containsExactlyInAnyOrderElementsOf(lema);
        assertThat(rows(5, arm("other", "none", "none", "10"))).containsExactlyElementsOf(own.subList(30, 40));
    }

    @Test
    void aPoolWithFewerCorrectionsHasThoseThatJoinFirst() {
        fill(40, 30);
        List<TrainingRow> ten = rows(5, arm("ten", "none", "none", "10"));
        Gsm8k task = new Gsm8k();
        RowPool pool = new RowPool(task, List.of(), RowPool.kept(corrections, problems, paths), 5);
        assertThat(pool.withCorrections(10).corrections(CorrectionPart.ALL)).isEqualTo(ten);
        assertThat(pool.withCorrections(99)).isEqualTo(pool);
    }

    @Test
    void correctedSolutionsAreThoseOfTheCorrectionsThatAnotherArmTakes() {
        fill(9, 30);
        List<TrainingRow> solutions = rows(5, arm("a", "none", "7", "none"));
        List<TrainingRow> corrections = rows(5, arm("b", "none", "none", "7"));
        assertThat(solutions).hasSize(7).allMatch(row -> row.kind().equals("corrected"));
        assertThat(solutions.stream().map(TrainingRow::problemId))
                .containsExactlyElementsOf(
                        corrections.stream().map(TrainingRow::problemId).toList());
        assertThat(rows(5, arm("c", "all", "all", "all"))).hasSize(9 + 30 + 30);
    }

    @Test
    void anArmThatAsksForMoreThanThereIsTakesAllAndSaysSo() {
        fill(3, 2);
        ArmConfig greedy = arm("greedy", "4", "none", "5");
        assertThat(rows(1, greedy)).hasSize(5);
        assertThat(armRows("add", 0, 1).shortfalls(greedy))
                .containsExactly(
                        "arm greedy asks for 4 CoT rows and takes the 3 that there are",
                        "arm greedy asks for 5 corrections and takes the 2 that there are");
    }

    @Property(tries = 100)
    void equalTokensComeAsNearAsARow(
            @ForAll @IntRange(min = 1, max = 30) int count, @ForAll @IntRange(max = 60) int kept, @ForAll long seed) {
        fill(count, kept);
        ArmConfig wanted = arm("wanted", "all", "none", "all");
        ArmConfig like = new ArmConfig("like", ALL, NONE, NONE, null, "like wanted", null);
        ArmRows arms = armRows("add", 0, seed);
        List<TrainingRow> rows = arms.of(like, List.of(like, wanted));
        long tokens = arms.of(wanted, List.of(like, wanted)).stream()
                .mapToLong(ArmRowsTest::tokens)
                .sum();
        long longest = rows.stream().mapToLong(ArmRowsTest::tokens).max().orElse(0);
        assertThat(rows.stream().mapToLong(ArmRowsTest::tokens).sum()).isBetween(tokens - longest, tokens + longest);
        assertThat(rows).allMatch(row -> row.kind().equals("cot"));
        // Whole passes come first, so that no row comes twice as often as another.
        assertThat(rows.subList(0, rows.size() - rows.size() % count))
                .allSatisfy(row -> assertThat(rows.stream().filter(row::equals).count())
                        .isBetween((long) rows.size() / count, (long) rows.size() / count + 1));
    }

    @Test
    void whatALikeArmTakesDependsOnSeedAndName() {
        fill(40, 0);
        ArmConfig half = arm("half", "20", "none", "none");
        ArmConfig a = new ArmConfig("a", ALL, NONE, NONE, null, "like half", null);
        ArmConfig b = new ArmConfig("b", ALL, NONE, NONE, null, "like a", null);
        List<ArmConfig> all = List.of(a, b, half);
        ArmRows arms = armRows("add", 0, 3);
        assertThat(arms.of(a, all)).hasSizeBetween(19, 21).isEqualTo(arms.of(a, all));
        assertThat(arms.of(b, all)).isNotEqualTo(arms.of(a, all));
        assertThat(armRows("add", 0, 4).of(a, all)).isNotEqualTo(arms.of(a, all));
    }

    private static int tokens(TrainingRow row) {
        return row.completion().length();
    }

    private static ArmConfig arm(String name, String cot, String corrected, String corrections) {
        return new ArmConfig(name, choice(cot), choice(corrected), choice(corrections), null, null, null);
    }

    private static RowChoice choice(String word) {
        return switch (word) {
            case "all" -> ALL;
            case "none" -> NONE;
            default -> new RowChoice.Some(Integer.parseInt(word));
        };
    }

    private List<TrainingRow> rows(long seed, ArmConfig arm) {
        return armRows("add", 0, seed).of(arm, List.of(arm));
    }

    private List<TrainingRow> cot(long seed) {
        return rows(seed, ArmConfig.named("cot"));
    }

    private List<TrainingRow> lema(String mode, double share, long seed) {
        ArmConfig lema = ArmConfig.named("lema");
        return armRows(mode, share, seed).of(lema, List.of(lema));
    }

    private ArmRows armRows(String mode, double share, long seed) {
        Gsm8k task = new Gsm8k();
        List<TrainingRow> cot =
                problems.stream().map(each -> RowPool.cotRow(task, each)).toList();
        RowPool pool = new RowPool(task, cot, RowPool.kept(corrections, problems, paths), seed);
        return new ArmRows(new FilterConfig(mode, share, null), pool, _ -> List.of(), ArmRowsTest::tokens);
    }

    private static List<TrainingRow> corrected(List<TrainingRow> rows) {
        return rows.stream()
                .filter(row -> row.kind().equals(CorrectionForm.KIND))
                .toList();
    }

    private void fill(int count, int kept) {
        problems.clear();
        paths.clear();
        corrections.clear();
        for (int i = 0; i < count; i++) {
            problems.add(new Problem("p-" + i, "Question " + i, "" + i, "It is 0 + " + i + " = " + i));
        }
        for (int i = 0; i < kept; i++) {
            String problem = "p-" + i % count;
            paths.add(new ReasoningPath(problem, i / count, "m", 0.7, 1, "Path " + i, "stop", "7", false));
            corrections.add(new Correction(
                    problem, i / count, "replay", null, 1, "Why " + i, "Step 1: right", "1", true, null));
            corrections.add(CorrectionFilter.rejected(paths.getLast(), "replay", null, Rejection.WRONG_ANSWER));
        }
    }
}
