package dev.errata.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.model.generate.EngineLimits;
import dev.errata.pipeline.engine.Completion;
import dev.errata.pipeline.engine.Engine;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.ModelChoice;
import dev.errata.pipeline.engine.Request;
import dev.errata.pipeline.engine.Surroundings;
import dev.errata.pipeline.engine.TextModel;
import dev.errata.pipeline.engine.TextSampling;
import dev.errata.pipeline.engine.Trained;
import dev.errata.pipeline.folder.WorkShard;
import dev.errata.pipeline.record.ArmMixture.RowTokens;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.tensor.BadInputException;
import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import dev.errata.train.config.TrainConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Each taken-over run must have the bytes of one that was made by itself, and ask the engine for no more than it must. */
final class TakeOverTest {
    @TempDir
    private Path folder;

    private SmallRun small;
    private final List<String> asked = new ArrayList<>();
    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    @BeforeEach
    void makeARun() throws IOException {
        small = SmallRun.in(folder);
        Loop.all(small.to("old"), SmallRun.surroundings());
    }

    /** Runs from the old one and by itself, compares both, and returns what was asked of the engine. */
    private List<String> taken(String... overrides) {
        asked.clear();
        said.reset();
        Loop.all(small.to("new", overrides), small.path("old"), listening());
        Loop.all(small.to("alone", overrides), SmallRun.surroundings());
        assertThat(small.records("new")).isEqualTo(small.records("alone"));
        return asked;
    }

    private String said() {
        return said.toString(StandardCharsets.UTF_8);
    }

    private Surroundings listening() {
        FakeEngine fake = new FakeEngine(0);
        Engine engine = new Engine() {
            @Override
            public TextModel open(ModelChoice choice) {
                TextModel model = fake.open(choice);
                String name = FakeEngine.name(choice.adapter());
                return new TextModel() {
                    @Override
                    public void complete(
                            List<Request> requests, TextSampling sampling, EngineLimits limits, Texts texts) {
                        asked.add(name + " " + requests.size());
                        model.complete(requests, sampling, limits, new Texts() {
                            @Override
                            public void written(int request, List<Completion> completions) {
                                texts.written(request, completions);
                            }
                        });
                    }

                    @Override
                    public void close() {
                        model.close();
                    }
                };
            }

            @Override
            public Trained train(TrainConfig config, Hardware hardware, Progress progress, StopSignal stop) {
                asked.add("train " + config.output().getFileName());
                return fake.train(config, hardware, progress, stop);
            }

            @Override
            public Optional<Function<TrainingRow, RowTokens>> rowTokens(ModelChoice choice) {
                return fake.rowTokens(choice);
            }
        };
        Progress progress = new Progress(new PrintStream(said, true, StandardCharsets.UTF_8), false, false);
        return new Surroundings(() -> engine, new Hardware(1, null), progress, new StopSignal());
    }

    @Test
    void theSameConfigAsksForNothing() {
        assertThat(taken()).isEmpty();
        assertThat(said())
                .containsPattern("sample: from .*old: is taken, 15 records")
                .containsPattern("train-arms: from .*old: cot is taken; lema is taken")
                .containsPattern("eval: from .*old: base is taken, 6 records; cot is taken, 6 records; lema");
        assertThat(small.path("new/config.yaml")).exists();
        assertThat(small.path("new/train/cot/config.yaml")).content().contains("new/train/cot");
    }

    @Test
    void anotherLearningRateTrainsAndEvaluatesTheArmsAlone() {
        assertThat(taken("train.optimizer.learning_rate=1.0e-3"))
                .containsExactly("train cot", "train lema", "cot 6", "lema 6");
        assertThat(said())
                .containsPattern(
                        "train-arms: .*cot is made anew, train.optimizer.learning_rate was 2.0E-4 and is 0.001");
    }

    @Test
    void anotherArmIsTheOnlyOneThatIsTrained() {
        assertThat(taken("arms=[cot, lema, {name: longer, corrected: all}]"))
                .containsExactly("train longer", "longer 6");
        assertThat(said()).contains("longer is made anew, there is none");
    }

    @Test
    void anArmOfAnotherNameWithTheSameRowsIsTaken() {
        Loop.all(small.to("new", "arms=[{name: solutions}, lema]"), small.path("old"), listening());
        assertThat(asked).isEmpty();
        assertThat(said()).contains("solutions is taken, it is that of cot");
        assertThat(small.path("new/eval/solutions.jsonl")).hasSameTextualContentAs(small.path("old/eval/cot.jsonl"));
    }

    @Test
    void anArmThatIsLeftOutIsLeft() {
        assertThat(taken("arms=[lema]")).isEmpty();
        assertThat(small.path("new/train/cot")).doesNotExist();
    }

    @Test
    void anotherEvaluationEvaluatesAlone() {
        assertThat(taken("eval.max_new_tokens=65")).containsExactly("base 6", "cot 6", "lema 6");
    }

    @Test
    void moreProblemsGoOnAfterThosesThatWereSampledCorrectedAndEvaluated() {
        assertThat(taken("sample.problems=7", "eval.problems=8"))
                .contains("base 2")
                .doesNotContain("base 7", "base 8");
        assertThat(said())
                .containsPattern("sample: .*goes on after 15 records that are taken, of 21")
                .containsPattern("correct: .*goes on after [0-9]+ records that are taken");
    }

    @Test
    void fewerProblemsAreTheFirstOfThem() {
        assertThat(taken("sample.problems=3", "eval.problems=4")).doesNotContain("base 3", "base 4");
        assertThat(said()).containsPattern("sample: .*is taken, 9 records");
    }

    @Test
    void anotherSeedTakesNothingButTheBasesGreedyAnswers() {
        assertThat(taken("seed=8")).contains("base 5").doesNotContain("base 6");
        assertThat(said()).containsPattern("sample: .*is made anew, seed was 7 and is 8");
    }

    @Test
    void aChangedProblemIsSampledAnewAndAllAfterIt() throws IOException {
        Path problems = small.path("train.jsonl");
        List<String> lines = new ArrayList<>(Files.readAllLines(problems));
        lines.set(2, lines.get(2).replace("Ann", "Bea"));
        Files.write(problems, lines);
        assertThat(taken()).contains("base 3");
        assertThat(said()).containsPattern("sample: .*goes on after 6 records");
    }

    @Test
    void examplesComeFromTheWholeFileSoAnotherFileTakesNoPath() throws IOException {
        Loop.all(small.to("shot", "sample.few_shot=1"), SmallRun.surroundings());
        Path problems = small.path("train.jsonl");
        List<String> lines = Files.readAllLines(problems);
        Files.write(problems, lines.subList(0, lines.size() - 1));
        Loop.all(small.to("new", "sample.few_shot=1"), small.path("shot"), listening());
        assertThat(said()).containsPattern("sample: .*is made anew, problems was train.jsonl");
        assertThat(asked).contains("base 5");
    }

    @Test
    void aChoiceTrainsAnewWhereCheckpointsWereNotKeptAndIsTakenWhereTheyWere() {
        assertThat(taken("choose={problems: 3}"))
                .contains("train cot", "train lema", "cot step-2 3", "cot step-4 3")
                .doesNotContain("base 6");
        assertThat(said()).containsPattern("train-arms: .*cot is made anew, its kept checkpoints are others");
        asked.clear();
        Loop.all(small.to("newer", "choose={problems: 3}"), small.path("new"), listening());
        assertThat(asked).isEmpty();
        assertThat(small.records("newer")).isEqualTo(small.records("new"));
    }

    /** A kill leaves copies without their names; the same command goes on from there. */
    @Test
    void aKilledTakeOverGoesOnWithOrWithoutTheOtherRun() throws IOException {
        taken("sample.problems=7");
        SortedMap<String, String> whole = small.records("alone");
        for (String killed : List.of("sample", "correct", "filter", "train/cot", "eval")) {
            small.delete("killed");
            Loop.all(small.to("killed", "sample.problems=7"), small.path("old"), SmallRun.surroundings());
            small.delete("killed/" + killed);
            small.delete("killed/summary.json");
            Files.createDirectories(small.path("killed/train/cot.partial/adapter"));
            Files.writeString(small.path("killed/train/cot.partial/adapter/torn"), "half");
            Loop.all(small.to("killed", "sample.problems=7"), small.path("old"), SmallRun.surroundings());
            small.delete("killed/train/cot.partial");
            assertThat(small.records("killed")).as(killed).isEqualTo(whole);
            Loop.all(small.to("killed", "sample.problems=7"), SmallRun.surroundings());
        }
    }

    @Test
    void refusesWhatIsNoRunAndTheRunItself() {
        assertThatThrownBy(() -> Loop.all(small.to("new"), small.path("model"), SmallRun.surroundings()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("not a run's folder");
        assertThatThrownBy(() -> Loop.all(small.to("old", "seed=9"), small.path("old"), SmallRun.surroundings()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("into itself");
        assertThat(small.path("new")).doesNotExist();
    }

    @Test
    void aRunThatStillWorksGivesWhatItHasFinished() throws IOException {
        Loop.stage("sample", small.to("begun"), null, WorkShard.WHOLE, SmallRun.surroundings());
        Loop.all(small.to("new"), small.path("begun"), listening());
        assertThat(said())
                .containsPattern("sample: .*is taken, 15 records")
                .containsPattern("correct: nothing is taken");
    }

    @Test
    void whatWasGivenAFileIsNotTaken() {
        Path rows = small.path("old/filter/lema.jsonl");
        Loop.stage("sample", small.to("fed", "arms=[cot]"), null, WorkShard.WHOLE, SmallRun.surroundings());
        Loop.stage("train-arms", small.to("fed", "arms=[cot]"), rows, WorkShard.WHOLE, SmallRun.surroundings());
        Loop.all(small.to("new", "arms=[cot]"), small.path("fed"), listening());
        assertThat(said()).contains("train-arms: nothing is taken from", "where it was given a file");
        assertThat(asked).contains("train cot");
    }
}
