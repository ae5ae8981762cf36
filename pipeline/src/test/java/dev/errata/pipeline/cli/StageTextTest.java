package dev.errata.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.pipeline.record.Summary;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class StageTextTest {
    @Test
    void accuraciesAreATableAndNoJson() {
        Map<String, Object> result = new LinkedHashMap<>();
        result.put("run", "runs/demo");
        result.put("stage", "eval");
        result.put(
                "arms",
                new TreeMap<>(Map.of(
                        "cot",
                        new Summary.Arm(5, 10, 1, 0.5, 0.25, 0.75),
                        "base",
                        new Summary.Arm(1, 10, 0, 0.1, 0.02, 0.4))));
        String text = StageText.of(result);
        assertThat(text).doesNotContain("{").contains("run: runs/demo", "5/10", "50.0 %");
        assertThat(text.indexOf("base")).isBetween(0, text.indexOf("cot"));
    }

    @Test
    void factsWithinFactsAreIndented() {
        Map<String, Object> counts = new LinkedHashMap<>();
        counts.put("corrections", new Summary.Corrections(3, 1, new TreeMap<>(Map.of("unfinished", 2))));
        counts.put("adapters", Map.of());
        assertThat(StageText.of(counts))
                .isEqualTo("corrections:\n  total: 3\n  kept: 1\n  rejected:\n    unfinished: 2\nadapters: none\n");
    }
}
