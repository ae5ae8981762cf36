package dev.errata.pipeline.correct;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.pipeline.format.CorrectionForm;
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

class TrainingRowsTest {
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
        TrainingRows rows = rows(TrainingRows.Mode.REPLACE, share, seed);
        assertThat(rows.cot()).hasSize(count).allMatch(row -> row.kind().equals("cot"));
        assertThat(rows.lema()).hasSize(count);
        List<TrainingRow> corrected = corrected(rows);
        assertThat(corrected.size()).isLessThan(count).isLessThanOrEqualTo(Math.max(1, (int)
                Math.round(share * count)));
        assertThat(corrected.isEmpty()).isEqualTo(kept == 0);
        assertThat(new HashSet<>(corrected)).hasSameSizeAs(corrected);
        assertThat(rows).isEqualTo(rows(TrainingRows.Mode.REPLACE, share, seed));
        for (int i = 0; i < count; i++) {
            boolean isCot = rows.lema().get(i).kind().equals("cot");
            assertThat(!isCot || rows.lema().get(i).equals(rows.cot().get(i))).isTrue();
        }
    }

    @Test
    void anotherSeedChoosesOtherRows() {
        fill(40, 40);
        assertThat(rows(TrainingRows.Mode.REPLACE, 0.3, 1)).isNotEqualTo(rows(TrainingRows.Mode.REPLACE, 0.3, 2));
    }

    @Test
    void addingTakesEverythingOnceAPath() {
        fill(3, 4);
        corrections.add(corrections.getFirst());
        TrainingRows rows = rows(TrainingRows.Mode.ADD, 0, 1);
        assertThat(rows.lema()).hasSize(7);
        assertThat(corrected(rows)).hasSize(4);
    }

    @Test
    void oneRowOrNoShareLeavesTheSolutions() {
        fill(1, 3);
        assertThat(corrected(rows(TrainingRows.Mode.REPLACE, 1, 1))).isEmpty();
        fill(5, 3);
        assertThat(corrected(rows(TrainingRows.Mode.REPLACE, 0, 1))).isEmpty();
    }

    @Test
    void refusesAProblemWithoutRationaleAndACorrectionWithoutPath() {
        fill(2, 1);
        paths.clear();
        assertThatThrownBy(() -> rows(TrainingRows.Mode.ADD, 1, 1)).isInstanceOf(BadInputException.class);
        problems.add(new Problem("bare", "?", "1", null));
        assertThatThrownBy(() -> rows(TrainingRows.Mode.ADD, 1, 1)).hasMessageContaining("bare");
    }

    private TrainingRows rows(TrainingRows.Mode mode, double share, long seed) {
        return TrainingRows.of(new Gsm8k(), problems, problems, corrections, paths, mode, share, seed);
    }

    private static List<TrainingRow> corrected(TrainingRows rows) {
        return rows.lema().stream()
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
