package dev.errata.pipeline.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.Summary;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

final class ConclusionTest {
    /** Each arm solves the problems from its first to its last. */
    private static Conclusion verdict(Map<String, int[]> solved, boolean tested) {
        var evaluations = new LinkedHashMap<String, List<Evaluation>>();
        var arms = new TreeMap<String, Summary.Arm>();
        solved.forEach((arm, range) -> {
            evaluations.put(
                    arm,
                    IntStream.range(0, 200)
                            .mapToObj(i -> new Evaluation("p" + i, "", "stop", "1", i >= range[0] && i < range[1]))
                            .toList());
            int correct = range[1] - range[0];
            arms.put(arm, new Summary.Arm(correct, 200, 0, correct / 200.0, 0, 1));
        });
        var summary = new Summary("r", null, null, arms, null, null, null, null);
        return Conclusion.of(
                new ReportData("t", summary, null, null, null, null, null, tested ? evaluations : null, null, null));
    }

    private static Map<String, int[]> arms(int[] base, int[] cot, int[] lema) {
        var arms = new LinkedHashMap<String, int[]>();
        arms.put("base", base);
        arms.put("cot", cot);
        arms.put("lema", lema);
        return arms;
    }

    @Test
    void namesTheWinnerAndByHowMuch() {
        Conclusion verdict = verdict(arms(new int[] {0, 60}, new int[] {0, 90}, new int[] {0, 110}), true);
        assertThat(verdict.headline()).isEqualTo("LeMa wins over CoT by 10.0 points.");
        assertThat(verdict.sentences())
                .contains(
                        "LeMa alone solves 20 problems, CoT alone 0; the exact McNemar test gives p\u00a0<\u00a00.001.",
                        "CoT is better than the base by 15.0 points (p\u00a0<\u00a00.001).");
    }

    @Test
    void saysPlainlyWhenTheCorrectionsLose() {
        Conclusion verdict = verdict(arms(new int[] {0, 60}, new int[] {0, 110}, new int[] {0, 90}), true);
        assertThat(verdict.headline()).isEqualTo("CoT wins over LeMa by 10.0 points.");
    }

    @Test
    void saysNoDifferenceShownAndThatBothAreWorseThanTheBase() {
        Conclusion verdict = verdict(arms(new int[] {0, 150}, new int[] {0, 100}, new int[] {1, 103}), true);
        assertThat(verdict.headline())
                .isEqualTo("No difference shown between LeMa and CoT, and both are worse than the base.");
        assertThat(verdict.sentences()).contains("CoT is worse than the base by 25.0 points (p\u00a0<\u00a00.001).");
    }

    @Test
    void saysNoDifferenceShownToTheBase() {
        Conclusion verdict = verdict(arms(new int[] {0, 100}, new int[] {0, 99}, new int[] {0, 100}), true);
        assertThat(verdict.sentences())
                .contains(
                        "CoT lies 0.5 points below the base (p\u00a0=\u00a01): no difference shown.",
                        "LeMa is level with the base (p\u00a0=\u00a01): no difference shown.");
    }

    @Test
    void givesNoVerdictWithoutAPairedTest() {
        Conclusion verdict = verdict(arms(new int[] {0, 60}, new int[] {0, 90}, new int[] {0, 110}), false);
        assertThat(verdict.headline()).contains("no verdict");
    }

    @Test
    void comparesASingleArmWithTheBase() {
        assertThat(verdict(Map.of("base", new int[] {0, 60}, "cot", new int[] {0, 90}), true)
                        .headline())
                .isEqualTo("CoT wins over the base by 15.0 points.");
        assertThat(verdict(Map.of("base", new int[] {0, 90}, "lema", new int[] {0, 60}), true)
                        .headline())
                .isEqualTo("LeMa is worse than the base by 15.0 points.");
        assertThat(verdict(Map.of("base", new int[] {0, 90}), true).headline()).contains("no arm was trained");
        assertThat(verdict(Map.of("lema", new int[] {0, 90}), true).headline()).contains("nothing to compare LeMa");
    }
}
