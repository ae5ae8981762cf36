package dev.errata.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.folder.WorkShard;
import dev.errata.pipeline.record.CheckpointChoice;
import dev.errata.pipeline.record.Evaluation;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.Summary;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class ChooseStageTest {
    @TempDir
    private Path folder;

    private SmallRun small;

    @BeforeEach
    void write() throws IOException {
        small = SmallRun.in(folder);
    }

    @Test
    void theCheckpointOfMostRightAnswersIsEvaluatedAndTold() throws IOException {
        Summary summary = Loop.all(small.to("run", "choose={problems: 3}", "train.steps=12"), SmallRun.surroundings())
                .summary();
        Set<Integer> chosen = new HashSet<>();
        for (String arm : List.of("cot", "lema")) {
            CheckpointChoice choice = summary.choices().get(arm);
            assertThat(choice.checkpoints())
                    .extracting(CheckpointChoice.Checkpoint::step)
                    .containsExactly(2, 4, 6, 8, 10, 12);
            for (CheckpointChoice.Checkpoint each : choice.checkpoints()) {
                Path file = small.path("run/choose/" + arm + "/step-" + each.step() + ".jsonl");
                List<Evaluation> answers = JsonRows.readAll(file, RecordRows::evaluation);
                assertThat(answers).hasSize(3);
                assertThat(answers.stream().filter(Evaluation::correct).count()).isEqualTo(each.correct());
                assertThat(each.correct())
                        .isLessThanOrEqualTo(
                                choice.checkpoints().get(choice.step() / 2 - 1).correct());
            }
            assertThat(summary.adapters().get(arm).path())
                    .isEqualTo("train/" + arm + "/checkpoints/step-" + choice.step());
            chosen.add(choice.step());
        }
        assertThat(chosen).as("another than the last one").isNotEqualTo(Set.of(12));
        assertThat(Files.readString(small.path("run/report.html"))).contains("Which checkpoint");
    }

    @Test
    void theProblemsThatChooseFollowThoseTaken() throws IOException {
        Loop.all(small.to("run", "choose={problems: 3}"), SmallRun.surroundings());
        assertThat(JsonRows.readAll(small.path("run/choosing.jsonl"), RecordRows::problem))
                .extracting(Problem::id)
                .containsExactly("train-6", "train-7", "train-8");
    }

    @Test
    void tooFewProblemsAreRefused() {
        assertThatThrownBy(() -> Loop.all(small.to("run", "choose={problems: 4}"), SmallRun.surroundings()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("choose.problems is 4, and 3 problems follow the 5 that are taken");
        assertThat(small.path("run")).doesNotExist();
    }

    @Test
    void problemsThatAreHeldOutOrTrainedOnDontChoose() {
        assertThatThrownBy(() -> Loop.all(
                        small.to("run", "choose={problems: 3, from: " + small.path("test.jsonl") + "}"),
                        SmallRun.surroundings()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("held-out problems choose checkpoints");
        assertThatThrownBy(() -> Loop.all(
                        small.to("run", "choose={problems: 3, from: " + small.path("train.jsonl") + "}"),
                        SmallRun.surroundings()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("are trained on");
    }

    @Test
    void aFinishedChoiceIsLeftAsItIsAndAChangedIntervalIsRefused() {
        Loop.all(small.to("run", "choose={problems: 3}"), SmallRun.surroundings());
        var before = small.records("run");
        assertThat(Loop.all(small.to("run", "choose={problems: 3}"), SmallRun.surroundings())
                        .already())
                .isTrue();
        assertThat(small.records("run")).isEqualTo(before);
        assertThatThrownBy(() -> Loop.all(
                        small.to("run", "choose={problems: 3}", "train.checkpoint_every=1"), SmallRun.surroundings()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("train.checkpoint_every was 2 and is 1");
    }

    @Test
    void eachStageAsksForTheOneBefore() {
        var config = small.to("run", "choose={problems: 3}");
        for (String stage : List.of("sample", "correct", "filter", "train-arms")) {
            Loop.stage(stage, config, null, WorkShard.WHOLE, SmallRun.surroundings());
        }
        assertThatThrownBy(() -> Loop.stage("eval", config, null, WorkShard.WHOLE, SmallRun.surroundings()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("run stage choose first");
        Loop.stage("choose", config, null, WorkShard.WHOLE, SmallRun.surroundings());
        Loop.stage("eval", config, null, WorkShard.WHOLE, SmallRun.surroundings());
        Loop.stage("report", config, null, WorkShard.WHOLE, SmallRun.surroundings());
        Loop.all(small.to("whole", "choose={problems: 3}"), SmallRun.surroundings());
        assertThat(small.records("run")).isEqualTo(small.records("whole"));
    }
}
