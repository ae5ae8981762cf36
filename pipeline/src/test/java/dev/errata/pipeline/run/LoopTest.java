package dev.errata.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.model.generate.EngineLimits;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.engine.Completion;
import dev.errata.pipeline.engine.Engine;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.ModelChoice;
import dev.errata.pipeline.engine.Request;
import dev.errata.pipeline.engine.Surroundings;
import dev.errata.pipeline.engine.TextModel;
import dev.errata.pipeline.engine.TextSampling;
import dev.errata.pipeline.engine.Trained;
import dev.errata.pipeline.folder.RunLock;
import dev.errata.pipeline.folder.WorkShard;
import dev.errata.pipeline.record.ArmMixture.RowTokens;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.Summary;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.pipeline.task.CotPrompts;
import dev.errata.pipeline.task.Gsm8k;
import dev.errata.tensor.Backends;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import dev.errata.train.StoppedException;
import dev.errata.train.config.TrainConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class LoopTest {
    private static final List<String> STAGES = List.of("sample", "correct", "filter", "train-arms", "eval", "report");

    @TempDir
    private Path folder;

    private SmallRun small;

    @BeforeEach
    void makeInputs() throws IOException {
        small = SmallRun.in(folder);
    }

    private void all(String output, String... overrides) {
        Loop.all(small.to(output, overrides), SmallRun.surroundings());
    }

    private Object stage(String name, String output, Path input, String... overrides) {
        return Loop.stage(name, small.to(output, overrides), input, WorkShard.WHOLE, SmallRun.surroundings());
    }

    @Test
    void stagesOneByOneGiveWhatTheWholeLoopGives() {
        all("whole");
        STAGES.forEach(name -> stage(name, "alone", null));
        assertThat(small.records("alone")).isEqualTo(small.records("whole"));
    }

    @Test
    void anotherSeedGivesOtherTexts() {
        all("one");
        all("two", "seed=8");
        assertThat(small.records("one").get("sample/paths.jsonl"))
                .isNotEqualTo(small.records("two").get("sample/paths.jsonl"));
    }

    @Test
    void aFinishedRunTouchesNothingAndSaysTheSame() throws IOException {
        Loop.Outcome first = Loop.all(small.to("run"), SmallRun.surroundings());
        SortedMap<String, String> before = small.records("run");
        FileTime manifest = Files.getLastModifiedTime(small.path("run/manifest.json"));
        Engine none = new Engine() {
            @Override
            public TextModel open(ModelChoice choice) {
                throw new AssertionError("a model is opened");
            }

            @Override
            public Trained train(TrainConfig config, Hardware hardware, Progress progress, StopSignal stop) {
                throw new AssertionError("trains again");
            }
        };
        Loop.Outcome again = Loop.all(small.to("run"), SmallRun.surroundings(none));
        assertThat(again.already()).isTrue();
        assertThat(first.already()).isFalse();
        assertThat(again.summary()).isEqualTo(first.summary());
        assertThat(small.records("run")).isEqualTo(before);
        assertThat(Files.getLastModifiedTime(small.path("run/manifest.json"))).isEqualTo(manifest);
    }

    /** Sums of bf16 products differ in their last bits from unit to unit, so texts may. */
    @Test
    void textsInBf16GoOnWithTheUnitsTheyWereBegunWith() throws IOException {
        String bf16 = "sample.dtype=bf16";
        stage("sample", "run", null, bf16);
        Path manifest = small.path("run/manifest.json");
        List<String> units = Backends.provider(null).bf16Units();
        assertThat(Manifest.read(new RunFolder(small.path("run")))
                        .stages()
                        .get("sample")
                        .units())
                .isEqualTo(units);
        Files.move(small.path("run/sample/paths.jsonl"), small.path("run/sample/paths.jsonl.partial"));
        String all = Files.readString(manifest);
        String others = all.replaceAll("\"units\" : \\[[^\\]]*\\]", "\"units\" : [ \"abacus\" ]");
        assertThat(others).isNotEqualTo(all);
        Files.writeString(manifest, others);
        assertThatThrownBy(() -> stage("sample", "run", null, bf16))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("stage sample was begun with abacus and goes on with");
        Loop.stage(
                "sample",
                small.to("run", bf16),
                null,
                WorkShard.WHOLE,
                new Surroundings(
                        () -> new FakeEngine(0), new Hardware(1, null, true), Progress.silent(), new StopSignal()));
        stage("sample", "other", null, "sample.dtype=f32");
        assertThat(Files.readString(small.path("other/manifest.json"))).doesNotContain("units");
    }

    @Test
    void stoppedAtAnyTextItContinuesToTheSameRecords() {
        all("whole");
        SortedMap<String, String> whole = small.records("whole");
        for (int texts = 0; texts < 9; texts++) {
            String output = "stopped-" + texts;
            StopSignal stop = new StopSignal();
            Surroundings interrupted =
                    new Surroundings(() -> stoppingAfter(stop), new Hardware(1, null), Progress.silent(), stop);
            left.set(texts);
            assertThatThrownBy(() -> Loop.all(small.to(output), interrupted)).isInstanceOf(StoppedException.class);
            all(output);
            assertThat(small.records(output)).as(output).isEqualTo(whole);
        }
    }

    private final AtomicInteger left = new AtomicInteger();

    private Engine stoppingAfter(StopSignal stop) {
        FakeEngine fake = new FakeEngine(0);
        return new Engine() {
            @Override
            public TextModel open(ModelChoice choice) {
                TextModel model = fake.open(choice);
                return new TextModel() {
                    @Override
                    public void complete(
                            List<Request> requests, TextSampling sampling, EngineLimits limits, Texts texts) {
                        model.complete(requests, sampling, limits, new Texts() {
                            @Override
                            public void written(int request, List<Completion> completions) {
                                texts.written(request, completions);
                            }

                            @Override
                            public void goesOn() {
                                if (left.getAndDecrement() <= 0) {
                                    stop.request();
                                }
                                texts.goesOn();
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
            public Trained train(TrainConfig config, Hardware hardware, Progress progress, StopSignal signal) {
                return fake.train(config, hardware, progress, signal);
            }

            @Override
            public Optional<Function<TrainingRow, RowTokens>> rowTokens(ModelChoice choice) {
                return fake.rowTokens(choice);
            }
        };
    }

    /** A kill can leave any number of whole bytes of a file that grows. */
    @Test
    void continuesFromAnUnfinishedFileCutAnywhere() throws IOException {
        stage("sample", "whole", null);
        byte[] whole = Files.readAllBytes(small.path("whole/sample/paths.jsonl"));
        for (int length = 0; length <= whole.length; length += 41) {
            Files.delete(small.path("whole/sample/paths.jsonl"));
            byte[] part = java.util.Arrays.copyOf(whole, length);
            Files.write(small.path("whole/sample/paths.jsonl.partial"), part);
            stage("sample", "whole", null);
            assertThat(Files.readAllBytes(small.path("whole/sample/paths.jsonl")))
                    .as("cut at byte %d", length)
                    .isEqualTo(whole);
        }
    }

    @Test
    void refusesAFolderOfAnotherConfigAndLeavesItAlone() {
        all("run");
        SortedMap<String, String> before = small.records("run");
        assertThatThrownBy(() -> all("run", "sample.temperature=0.31"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContainingAll(
                        "sample.temperature was 0.9 and is 0.31",
                        small.path("run").toString());
        assertThat(small.records("run")).isEqualTo(before);
    }

    @Test
    void refusesAFolderWhoseInputsHaveChanged() throws IOException {
        all("run");
        Path problems = small.path("train.jsonl");
        Files.writeString(problems, Files.readString(problems).replace("Ann", "Bea"));
        assertThatThrownBy(() -> all("run"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("problems was");
    }

    @Test
    void keysThatChangeNoRecordMayChange() {
        all("run");
        all("run", "correct.openai.base_url=http://127.0.0.1:1/v1", "correct.openai.max_retries=1");
    }

    @Test
    void aSecondProcessOnTheSameRunIsRefused() {
        all("run");
        try (RunLock held = RunLock.take(small.path("run"))) {
            assertThat(held).isNotNull();
            assertThatThrownBy(() -> all("run"))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("another process");
        }
        all("run");
    }

    @Test
    void aStageWithoutItsInputNamesTheStageToRunFirstAndBeginsNoFolder() {
        assertThatThrownBy(() -> stage("filter", "new", null))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("run stage sample first");
        assertThat(small.path("new")).doesNotExist();
        stage("sample", "new", null);
        assertThatThrownBy(() -> stage("filter", "new", null)).hasMessageContaining("run stage correct first");
        assertThatThrownBy(() -> stage("eval", "new", null)).hasMessageContaining("run stage train-arms first");
    }

    @Test
    void takesPathsFromElsewhereAndNamesABadLineOfThem() throws IOException {
        stage("sample", "first", null);
        Path paths = small.path("first/sample/paths.jsonl");
        stage("correct", "second", paths);
        assertThat(small.path("second/correct/corrections.jsonl")).exists();
        stage("filter", "second", null);
        String bad = Files.readString(paths).replaceFirst("\n", "\n{\"problem_id\": \"train-1\", \"sam\n");
        Path broken = Files.writeString(small.path("broken.jsonl"), bad);
        assertThatThrownBy(() -> stage("correct", "third", broken)).hasMessageContaining("broken.jsonl:2");
        assertThatThrownBy(() -> stage("correct", "second", broken)).hasMessageContaining("another input");
    }

    @Test
    void refusesHeldOutProblemsThatAreTrainedOn() throws IOException {
        Files.copy(
                small.path("train.jsonl"), small.path("test.jsonl"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertThatThrownBy(() -> all("run"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("test.jsonl");
    }

    @Test
    void trainsOneArmAloneAndReportsWithoutThePairedTest() {
        Loop.Outcome outcome = Loop.all(small.to("run", "arms=[cot]"), SmallRun.surroundings());
        Summary summary = outcome.summary();
        assertThat(summary.arms()).containsOnlyKeys("base", "cot");
        assertThat(summary.paired()).isNull();
    }

    @Test
    void trainsMixturesOfAllKindsAndComparesEveryTwo() throws IOException {
        Path own = Files.writeString(small.path("own.jsonl"), """
                {"prompt": "Add 1 and 2.", "completion": "3"}
                {"prompt": "Add 2 and 2.", "completion": "4", "kind": "sum", "problem_id": "s-2"}
                """);
        LoopConfig config = small.to(
                "run",
                "filter.mode=add",
                "arms=[cot, lema, {name: longer, corrected: all}, {name: same-tokens, tokens: like lema},"
                        + " {name: unexplained, corrections: all, parts: [step, solution]},"
                        + " {name: mistakes, cot: none, corrections: all, steps: 2}, {name: own, cot: " + own + "}]");
        Summary summary = Loop.all(config, SmallRun.surroundings()).summary();
        int kept = summary.corrections().kept();
        assertThat(summary.arms().get("base").rows()).isNull();
        assertThat(summary.arms().get("longer").rows()).isEqualTo(5 + kept);
        assertThat(summary.arms().get("lema").rows()).isEqualTo(5 + kept);
        assertThat(summary.arms().get("same-tokens").tokens().doubleValue())
                .isCloseTo(summary.arms().get("lema").tokens(), org.assertj.core.data.Offset.offset(40.0));
        assertThat(summary.arms().get("own").tokens()).isEqualTo(4);
        assertThat(summary.pairs()).hasSize(8 * 7 / 2);
        assertThat(summary.paired()).isNotNull();
        assertThat(small.records("run").get("filter/own.jsonl")).isEqualTo("""
                        {"prompt":"Add 1 and 2.","completion":"3","kind":"own","problem_id":"own-1"}
                        {"prompt":"Add 2 and 2.","completion":"4","kind":"sum","problem_id":"s-2"}
                        """);
        assertThat(Files.readAllLines(small.path("run/train/mistakes/metrics.jsonl")))
                .hasSize(2);
        assertThat(Files.readString(small.path("run/report.html")))
                .contains("same-tokens", "Corrected solutions", "mistakes and own");
    }

    @Test
    void rowsOfOnesOwnAreReadBeforeAnythingIsSampledAndMustNotBeHeldOut() throws IOException {
        Path bad = Files.writeString(small.path("bad.jsonl"), "{\"prompt\": \"x\"}\n");
        assertThatThrownBy(() -> all("run", "arms=[{name: own, cot: " + bad + "}]"))
                .hasMessageContaining("bad.jsonl:1");
        assertThat(small.path("run")).doesNotExist();
        String asked = "Ann has 30 pears and buys 33 more, each worth 4 coins. What are they worth?";
        Path held = Files.writeString(
                small.path("held.jsonl"),
                "{\"prompt\": \"Please solve the following math problem.\\nQuestion: " + asked
                        + "\\nAnswer: Let's think step by step.\", \"completion\": \"y\"}\n");
        assertThatThrownBy(() -> all("run", "arms=[{name: own, cot: " + held + "}]"))
                .hasMessageContaining("held-out problem test-1 is trained on");
    }

    @Test
    void refusesAFolderWhoseOwnRowsHaveChanged() throws IOException {
        Path own = Files.writeString(small.path("own.jsonl"), "{\"prompt\": \"x\", \"completion\": \"y\"}\n");
        all("run", "arms=[{name: own, cot: " + own + "}]");
        Files.writeString(own, "{\"prompt\": \"x\", \"completion\": \"z\"}\n");
        assertThatThrownBy(() -> all("run", "arms=[{name: own, cot: " + own + "}]"))
                .hasMessageContaining("arms[0].cot was own.jsonl");
    }

    @Test
    void replaysTheKeptCorrectionsOfAFile() {
        all("first");
        Path corrections = small.path("first/correct/corrections.jsonl");
        all("second", "correct.corrector=replay", "correct.replay.file=" + corrections);
        assertThat(small.records("second").get("filter/lema.jsonl"))
                .isEqualTo(small.records("first").get("filter/lema.jsonl"))
                .contains("\"correction\"");
    }

    @Test
    void aReplayedAnswerThatWasCutOffOrRefusedStaysSo() throws IOException {
        all("first");
        String rows = Files.readString(small.path("first/correct/corrections.jsonl"));
        String marked = rows.replaceFirst(
                "\"kept\":true,\"reason\":null", "\"kept\":false,\"reason\":\"cut off by max_tokens\"");
        assertThat(marked).isNotEqualTo(rows);
        Path file = Files.writeString(small.path("marked.jsonl"), marked);
        LoopConfig config = small.to("again", "correct.corrector=replay", "correct.replay.file=" + file);
        Summary again = Loop.all(config, SmallRun.surroundings()).summary();
        assertThat(again.corrections().rejected()).containsEntry("cut off by max_tokens", 1);
    }

    @Test
    void looksAtKeyAndEndpointBeforeItSamplesAndMakesNoFolder() {
        LoopConfig keyless = endpoint("keyless", "ERRATA_NO_SUCH_KEY", "http://127.0.0.1:9/v1");
        assertThatThrownBy(() -> Loop.all(keyless, SmallRun.surroundings()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("ERRATA_NO_SUCH_KEY");
        assertThat(small.path("keyless")).doesNotExist();
        // PATH is there wherever tests run, and holds nothing secret.
        LoopConfig unreachable = endpoint("unreachable", "PATH", "http://127.0.0.1:9/v1");
        assertThatThrownBy(() -> Loop.all(unreachable, SmallRun.surroundings()))
                .isInstanceOf(RunFailedException.class)
                .hasMessageContaining("127.0.0.1:9");
        assertThat(small.path("unreachable")).doesNotExist();
    }

    @Test
    void validateAsksForTheKeyWhoeverOfTheStagesNeedsIt() {
        for (String asking :
                List.of("correct.corrector=openai", "augment={from: openai}", "evolve={questions: 1, from: openai}")) {
            LoopConfig keyless = small.to(
                    "keyless", asking, "correct.openai.model=m", "correct.openai.api_key_env=ERRATA_NO_SUCH_KEY");
            assertThatThrownBy(() -> Loop.validate(keyless, SmallRun.surroundings()))
                    .as(asking)
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("ERRATA_NO_SUCH_KEY");
        }
    }

    private LoopConfig endpoint(String output, String variable, String url) {
        return small.to(
                output,
                "correct.corrector=openai",
                "correct.openai.model=m",
                "correct.openai.api_key_env=" + variable,
                "correct.openai.base_url=" + url);
    }

    /** As a process leaves it that is killed within the first file of an arm's model. */
    @Test
    void anArmIsTrainedOnlyWhenItsTrainingIsDone() throws IOException {
        all("run");
        Path arm = small.path("run/train/lema");
        Files.delete(arm.resolve("summary.json"));
        Files.delete(small.path("run/eval/lema.jsonl"));
        assertThatThrownBy(() -> stage("eval", "run", null)).hasMessageContaining("run stage train-arms first");
        all("run");
        assertThat(arm.resolve("summary.json")).exists();
    }

    @Test
    void armsOfWholeModelsAreTheSameOnlyWhereAllFilesAre() throws IOException {
        String[] whole = {"train.lora=null", "train.full_fine_tuning=true"};
        all("run", whole);
        for (String arm : List.of("cot", "lema")) {
            Path model = Files.createDirectories(small.path("run/train/" + arm + "/model"));
            Files.writeString(model.resolve("config.json"), "{}");
            Files.writeString(model.resolve("model.safetensors"), arm);
        }
        Path answers = small.path("run/eval/lema.jsonl");
        String own = Files.readString(answers);
        Files.delete(answers);
        all("run", whole);
        assertThat(answers).hasContent(own);
        Files.writeString(small.path("run/train/lema/model/model.safetensors"), "cot");
        Files.writeString(small.path("run/eval/cot.jsonl"), own.replace("answer is", "answer was"));
        Files.delete(answers);
        all("run", whole);
        assertThat(answers).hasSameTextualContentAs(small.path("run/eval/cot.jsonl"));
    }

    /** As a process leaves it that is killed between a stage's last file and the manifest. */
    @Test
    void aStageThatIsDoneIsNotedAsFinishedInTheEnd() throws IOException {
        all("run");
        Path manifest = small.path("run/manifest.json");
        Files.writeString(manifest, Files.readString(manifest).replace("\"finished\" : true", "\"finished\" : false"));
        all("run");
        assertThat(Files.readString(manifest)).contains("\"finished\" : true").doesNotContain("\"finished\" : false");
    }

    @Test
    void correctsWithAModelOfItsOwn() {
        all("run", "correct.corrector=local", "correct.local.model=" + small.path("model"));
        assertThat(small.records("run").get("correct/corrections.jsonl")).contains("\"local\"");
    }

    @Test
    void whereNoCorrectionSurvivesItSaysWhyTrainsOnceAndComparesNothing() throws IOException {
        stage("sample", "first", null);
        String cut = Files.readString(small.path("first/sample/paths.jsonl")).replace("\"stop\"", "\"length\"");
        Path paths = Files.writeString(small.path("cut.jsonl"), cut);
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        Progress listening = new Progress(new PrintStream(said, true, StandardCharsets.UTF_8), false, false);
        AtomicInteger trainings = new AtomicInteger();
        FakeEngine fake = new FakeEngine(0);
        Engine counting = new Engine() {
            @Override
            public TextModel open(ModelChoice choice) {
                return fake.open(choice);
            }

            @Override
            public Trained train(TrainConfig config, Hardware hardware, Progress progress, StopSignal stop) {
                trainings.incrementAndGet();
                return fake.train(config, hardware, progress, stop);
            }
        };
        Surroundings surroundings =
                new Surroundings(() -> counting, new Hardware(1, null), listening, new StopSignal());
        Loop.stage("correct", small.to("run"), paths, WorkShard.WHOLE, surroundings);
        Loop.Outcome outcome = Loop.all(small.to("run"), surroundings);
        assertThat(outcome.summary().corrections().kept()).isZero();
        assertThat(trainings).hasValue(1);
        assertThat(said.toString(StandardCharsets.UTF_8))
                .containsPattern("filter: no correction survived of .* unfinished.*raise sample.max_new_tokens");
        assertThat(small.records("run").get("eval/lema.jsonl"))
                .isEqualTo(small.records("run").get("eval/cot.jsonl"));
        assertThat(Files.readString(small.path("run/report.html"))).contains("Nothing was compared");
    }

    @Test
    void aProblemIsNeverItsOwnExample() {
        List<Problem> problems = IntStream.rangeClosed(1, 4)
                .mapToObj(i -> new Problem("p-" + i, "question " + i + "?", "" + i, "It is " + i + "."))
                .toList();
        CotPrompts prompts = new CotPrompts(
                new Gsm8k(),
                problems,
                2,
                "sample.few_shot",
                small.path("train.jsonl").toString());
        assertThat(prompts.of(problems.get(0))).contains("question 3?", "question 4?", "question 1?");
        assertThat(prompts.of(problems.get(3)))
                .contains("question 2?", "question 3?")
                .containsOnlyOnce("question 4?")
                .endsWith("Question: question 4?\nAnswer: Let's think step by step.\n");
        assertThatThrownBy(() -> new CotPrompts(
                                new Gsm8k(),
                                problems,
                                4,
                                "sample.few_shot",
                                small.path("train.jsonl").toString())
                        .of(problems.get(0)))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("sample.few_shot is 4, and there are only 3 other problems");
    }

    @Test
    void allProblemsCanBeSampledWithExamplesAmongThem() {
        stage("sample", "run", null, "sample.few_shot=2", "sample.problems=100");
        assertThat(small.path("run/sample/paths.jsonl")).exists();
    }

    /** The inputs of a run need not be there any more for its report, and its config is its own. */
    @Test
    void aReportIsMadeOfARunsFolderAloneWhateverIsThereOfIt() throws IOException {
        all("run", "sample.temperature=0.8");
        String whole = Files.readString(small.path("run/report.html"));
        Files.delete(small.path("train.jsonl"));
        Files.delete(small.path("run/report.html"));
        assertThat(RunReport.write(small.path("run")).next()).isNull();
        assertThat(Files.readString(small.path("run/report.html"))).isEqualTo(whole);
        Files.delete(small.path("run/summary.json"));
        Files.delete(small.path("run/eval/lema.jsonl"));
        RunReport unfinished = RunReport.write(small.path("run"));
        assertThat(unfinished.next()).isEqualTo("eval");
        assertThat(unfinished.summary().arms()).containsOnlyKeys("base", "cot");
        assertThat(small.path("run/summary.json")).doesNotExist();
        assertThat(Files.readString(small.path("run/report.html"))).contains("not finished: eval comes next");
    }

    @Test
    void aReportOfARunAtItsFirstBatchesShowsThem() throws IOException {
        stage("sample", "run", null);
        String paths = Files.readString(small.path("run/sample/paths.jsonl"));
        Files.delete(small.path("run/sample/paths.jsonl"));
        Files.writeString(small.path("run/sample/paths.jsonl.partial"), paths.substring(0, paths.length() - 9));
        RunReport report = RunReport.write(small.path("run"));
        assertThat(report.next()).isEqualTo("sample");
        assertThat(report.summary().paths().total()).isEqualTo(14);
    }
}
