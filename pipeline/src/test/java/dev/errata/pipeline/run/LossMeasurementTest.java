package dev.errata.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.engine.Engine;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.ModelChoice;
import dev.errata.pipeline.engine.RowLoss;
import dev.errata.pipeline.engine.TextModel;
import dev.errata.pipeline.engine.Trained;
import dev.errata.pipeline.record.PathPerplexity;
import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import dev.errata.train.config.TrainConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LossMeasurementTest {
    @TempDir
    private Path folder;

    /** Loses 2 a token on rows that it was asked about second, 1 on others; the base loses nothing. */
    private static final class Losing implements Engine {
        private final Engine engine = new FakeEngine(0);
        private final List<List<TrainingRow>> asked = new ArrayList<>();

        @Override
        public TextModel open(ModelChoice choice) {
            return engine.open(choice);
        }

        @Override
        public Trained train(TrainConfig config, Hardware hardware, Progress progress, StopSignal stop) {
            return engine.train(config, hardware, progress, stop);
        }

        @Override
        public List<RowLoss> losses(ModelChoice choice, List<TrainingRow> rows) {
            asked.add(rows);
            int solutions =
                    (int) rows.stream().filter(row -> row.kind().equals("cot")).count();
            int corrected = rows.size() - solutions; // as many wrong paths, of the kind of solutions
            List<RowLoss> losses = new ArrayList<>();
            for (int i = 0; i < rows.size(); i++) {
                boolean wrong = i >= solutions - corrected && i < solutions;
                losses.add(new RowLoss(choice.adapter() == null ? 0 : wrong ? 20 : 10, 10));
            }
            return losses;
        }
    }

    @Test
    void wrongAndRightPathsAreComparedByPerplexity() throws IOException {
        SmallRun small = SmallRun.in(folder);
        Losing engine = new Losing();
        Summary summary =
                Loop.all(small.to("run"), SmallRun.surroundings(engine)).summary();
        PathPerplexity found = summary.pathPerplexity();
        assertThat(found.corrections()).isEqualTo(summary.corrections().kept()).isPositive();
        assertThat(found.arms().keySet()).containsExactly("base", "cot", "lema");
        PathPerplexity.Arm lema = found.arms().get("lema");
        assertThat(lema.wrong()).isCloseTo(Math.exp(2), within(1e-9));
        assertThat(lema.right()).isCloseTo(Math.E, within(1e-9));
        assertThat(lema.difference()).isCloseTo(Math.exp(2) - Math.E, within(1e-9));
        assertThat(lema.medianDifference()).isCloseTo(Math.exp(2) - Math.E, within(1e-9));
        assertThat(found.arms().get("base").difference()).isZero();
        assertThat(Files.readString(folder.resolve("run/report.html"))).contains("Perplexity of wrong and right paths");
        assertThat(Json.parse(Files.readString(folder.resolve("run/eval/solution_loss.json")))
                        .at("/arms/cot")
                        .asDouble())
                .isEqualTo(1);
    }

    /** Both paths stand in the form of a solution's row, and the right one ends in the problem's answer. */
    @Test
    void bothPathsAnswerTheSamePrompt() throws IOException {
        SmallRun small = SmallRun.in(folder);
        Losing engine = new Losing();
        Loop.all(small.to("run"), SmallRun.surroundings(engine));
        List<TrainingRow> rows = engine.asked.getFirst();
        int pairs = (int)
                rows.stream().filter(row -> row.kind().equals("corrected")).count();
        for (int i = 0; i < pairs; i++) {
            TrainingRow right = rows.get(rows.size() - pairs + i);
            TrainingRow wrong = rows.get(rows.size() - 2 * pairs + i);
            assertThat(wrong.prompt()).isEqualTo(right.prompt());
            assertThat(wrong.completion()).isNotEqualTo(right.completion());
            assertThat(right.completion()).containsPattern("The answer is \\d+\\.$");
        }
    }

    @Test
    void accuraciesAreBrokenDownByLevelAndSteps() throws IOException {
        SmallRun small = SmallRun.in(folder);
        StringBuilder heldOut = new StringBuilder();
        for (int i = 40; i < 46; i++) {
            heldOut.append("""
                    {"question":"Ann has %d pears and buys 3 more, each worth 4 coins. What are they worth?",\
                    "answer":"%d","level":"%s","steps":%s}
                    """.formatted(i, 4 * (i + 3), i < 43 ? "10" : "2", i < 45 ? "2" : "null"));
        }
        Files.writeString(small.path("levels.jsonl"), heldOut.toString());
        Summary summary = Loop.all(small.to("run", "held_out=" + small.path("levels.jsonl")), SmallRun.surroundings())
                .summary();
        assertThat(summary.byLevel().keySet()).containsExactly("2", "10");
        Map<String, Summary.Share> hard = summary.byLevel().get("10");
        assertThat(hard.keySet()).containsExactly("base", "cot", "lema");
        assertThat(hard.get("base").total()).isEqualTo(3);
        assertThat(summary.byLevel().values().stream()
                        .mapToInt(each -> each.get("lema").correct())
                        .sum())
                .isEqualTo(summary.arms().get("lema").correct());
        assertThat(summary.bySteps().keySet()).containsExactly("2");
        assertThat(summary.bySteps().get("2").get("cot").total()).isEqualTo(5);
        String page = Files.readString(folder.resolve("run/report.html"));
        assertThat(page).contains("Accuracy by difficulty", "Accuracy by the length of the solution");
    }
}
