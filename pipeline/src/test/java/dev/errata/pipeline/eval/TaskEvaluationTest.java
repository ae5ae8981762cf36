package dev.errata.pipeline.eval;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.model.decoder.Precision;
import dev.errata.pipeline.engine.Engine;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.Surroundings;
import dev.errata.pipeline.engine.TextSampling;
import dev.errata.pipeline.folder.WorkShard;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.run.FakeEngine;
import dev.errata.pipeline.task.Gsm8k;
import dev.errata.pipeline.task.Task;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.sampling.SamplerSettings;
import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import dev.errata.train.StoppedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class TaskEvaluationTest {
    private static final Task TASK = new Gsm8k();
    private static final int PROBLEMS = 30;

    @TempDir
    private Path folder;

    @BeforeEach
    void makeInputs() throws IOException {
        Files.createDirectories(folder.resolve("model"));
        Files.writeString(folder.resolve("model/config.json"), "{}");
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < PROBLEMS; i++) {
            rows.append(
                    "{\"question\":\"Ann has %d pears and buys %d more, each worth %d coins. What are they worth?\",\"answer\":\"%d\"}%n"
                            .formatted(i, 3, 4, 4 * (i + 3)));
        }
        Files.writeString(folder.resolve("test.jsonl"), rows);
    }

    private EvaluationSettings settings(Metric metric, int limit, int fewShot) {
        TextSampling sampling =
                new TextSampling(SamplerSettings.of(metric.samples() > 1 ? 0.7 : 0, 1), 64, List.of("\nQuestion:"));
        return new EvaluationSettings(
                TASK,
                folder.resolve("model"),
                null,
                Precision.F32,
                folder.resolve("test.jsonl"),
                limit,
                fewShot,
                null,
                metric,
                sampling,
                "plain",
                LocalDate.of(2024, 7, 26),
                3,
                8);
    }

    private static Surroundings surroundings(Engine engine, StopSignal stop) {
        return new Surroundings(() -> engine, new Hardware(1, null), Progress.silent(), stop);
    }

    private EvaluationResult run(EvaluationSettings settings, String output, WorkShard shard) {
        return TaskEvaluation.run(
                settings,
                output == null ? null : folder.resolve(output),
                shard,
                surroundings(new FakeEngine(0), new StopSignal()));
    }

    private static Metric maj(int samples) {
        return new Metric(Metric.Kind.MAJ, samples);
    }

    @Test
    void countsWhatIsSolvedInThreeWays() {
        EvaluationResult result = run(settings(maj(1), 0, 0), null, WorkShard.WHOLE);
        assertThat(result.total()).isEqualTo(PROBLEMS);
        assertThat(result.correct()).isBetween(1, PROBLEMS - 1);
        assertThat(result.accuracy()).isEqualTo((double) result.correct() / PROBLEMS);
        assertThat(result.low()).isLessThan(result.accuracy());
        assertThat(result.high()).isGreaterThan(result.accuracy());
        assertThat(result.strict()).isLessThanOrEqualTo(result.flexible());
        assertThat(result.maj()).isNull();
        assertThat(result.pass()).isNull();
    }

    @Test
    void keepsARecordOfEachProblemAndTellsTheSameAgain() throws IOException {
        EvaluationResult first = run(settings(maj(5), 7, 2), "out", WorkShard.WHOLE);
        assertThat(Files.readAllLines(folder.resolve("out/eval.jsonl"))).hasSize(7);
        assertThat(first.pass()).isGreaterThanOrEqualTo(first.maj());
        assertThat(first.maj()).isEqualTo(first.accuracy());
        Surroundings none = new Surroundings(
                () -> {
                    throw new AssertionError("an engine is opened");
                },
                new Hardware(1, null),
                Progress.silent(),
                new StopSignal());
        assertThat(TaskEvaluation.run(settings(maj(5), 7, 2), folder.resolve("out"), WorkShard.WHOLE, none))
                .isEqualTo(first);
        assertThat(run(settings(maj(5), 7, 2), null, WorkShard.WHOLE)).isEqualTo(first);
    }

    @Test
    void stoppedAnywhereItContinuesToTheSameBytes() throws IOException {
        EvaluationResult whole = run(settings(maj(3), 0, 0), "whole", WorkShard.WHOLE);
        for (int batches = 0; batches < 4; batches++) {
            StopSignal stop = new StopSignal();
            int left = batches;
            Engine stopping = new StoppingEngine(new FakeEngine(0), stop, left);
            Path output = folder.resolve("stopped-" + batches);
            assertThatThrownBy(() -> TaskEvaluation.run(
                            settings(maj(3), 0, 0), output, WorkShard.WHOLE, surroundings(stopping, stop)))
                    .isInstanceOf(StoppedException.class);
            assertThat(run(settings(maj(3), 0, 0), "stopped-" + batches, WorkShard.WHOLE))
                    .isEqualTo(whole);
            assertThat(output.resolve("eval.jsonl")).hasSameTextualContentAs(folder.resolve("whole/eval.jsonl"));
        }
    }

    @Test
    void shardsJoinToTheBytesOfTheWhole() {
        run(settings(maj(2), 11, 0), "whole", WorkShard.WHOLE);
        List<Path> parts = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            run(settings(maj(2), 11, 0), "part-" + i, new WorkShard(i, 4));
            parts.add(folder.resolve("part-" + i));
        }
        assertThatThrownBy(() -> GatheredEvaluation.of(folder.resolve("joined"), parts.subList(1, 4)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("shard 0/4 of eval.jsonl is missing");
        run(settings(maj(2), 12, 0), "other", new WorkShard(3, 4));
        List<Path> foreign = List.of(parts.get(0), parts.get(1), parts.get(2), folder.resolve("other"));
        assertThatThrownBy(() -> GatheredEvaluation.of(folder.resolve("joined"), foreign))
                .isInstanceOf(BadInputException.class)
                .hasMessageContainingAll("--limit was 11 and is 12", "other");
        assertThat(folder.resolve("joined")).doesNotExist();
        GatheredEvaluation.of(folder.resolve("joined"), parts);
        assertThat(folder.resolve("joined/eval.jsonl")).hasSameTextualContentAs(folder.resolve("whole/eval.jsonl"));
        assertThat(run(settings(maj(2), 11, 0), "joined", WorkShard.WHOLE))
                .isEqualTo(run(settings(maj(2), 11, 0), "whole", WorkShard.WHOLE));
    }

    @Test
    void aFolderIsBoundToItsSettings() {
        run(settings(maj(1), 5, 0), "out", WorkShard.WHOLE);
        assertThatThrownBy(() -> run(settings(maj(1), 5, 1), "out", WorkShard.WHOLE))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("--few-shot was 0 and is 1");
    }

    @Test
    void moreExamplesThanThereAreIsBadInput() {
        assertThatThrownBy(() -> run(settings(maj(1), 5, 9), null, WorkShard.WHOLE))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("--few-shot is 9, and there are only 8");
    }

    @Test
    void theMajorityIsTheAnswerThatMostGiveAndOfSeveralTheFirst() {
        Problem problem = new Problem("p", "q", "18", null);
        assertThat(maj(5).counts(Arrays.asList("3", "18.0", null, "3.5", "18"), TASK, problem))
                .isEqualTo(1);
        assertThat(maj(4).counts(Arrays.asList(null, "3", "18", null), TASK, problem))
                .isEqualTo(1);
        assertThat(maj(2).counts(Arrays.asList(null, null), TASK, problem)).isZero();
        Metric pass = new Metric(Metric.Kind.PASS, 3);
        assertThat(pass.counts(Arrays.asList("3", null, "18"), TASK, problem)).isEqualTo(2);
        assertThat(pass.counts(Arrays.asList("3", "3", "3"), TASK, problem)).isZero();
        assertThat(Metric.parse("pass@3")).isEqualTo(pass);
        assertThatThrownBy(() -> Metric.parse("best@3")).isInstanceOf(BadInputException.class);
        assertThatThrownBy(() -> Metric.parse("maj@0")).isInstanceOf(BadInputException.class);
    }
}
