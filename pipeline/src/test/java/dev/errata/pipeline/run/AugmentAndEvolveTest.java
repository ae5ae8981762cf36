package dev.errata.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.pipeline.data.JsonRow;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.Surroundings;
import dev.errata.pipeline.folder.WorkShard;
import dev.errata.pipeline.record.AugmentedPath;
import dev.errata.pipeline.record.Correction;
import dev.errata.pipeline.record.Problem;
import dev.errata.pipeline.record.ReasoningPath;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.tensor.BadInputException;
import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import dev.errata.train.StoppedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Stages that only some configs have: further solutions, new problems, several models. */
class AugmentAndEvolveTest {
    private static final String EVOLVE = "evolve={questions: 6, from: local, answers: 3}";
    private static final String AUGMENT = "augment={from: model, samples: 5, temperature: 1.2}";

    @TempDir
    private Path folder;

    private SmallRun small;

    @BeforeEach
    void files() throws IOException {
        small = SmallRun.in(folder);
        Files.createDirectories(small.path("strong"));
        Files.writeString(small.path("strong/config.json"), "{}");
    }

    private String local() {
        return "correct.local={model: " + small.path("strong") + "}";
    }

    private void stage(String name, WritingEngine engine, String... overrides) {
        Loop.stage(name, small.to("run", overrides), null, WorkShard.WHOLE, SmallRun.surroundings(engine));
    }

    private <R> List<R> rows(String name, Function<JsonRow, R> reader) {
        return JsonRows.readAll(small.path("run/" + name), reader);
    }

    /** Problem 1 asks for (10 + 13) · 4 = 92. */
    @Test
    void rightAndNewSolutionsJoinTheRowsAndOthersSayWhyNot() {
        WritingEngine engine = new WritingEngine()
                .script(
                        "Ann has 10 pears",
                        "They are 10 * 4 = 40 and 13 * 4 = 52.\nTogether 40 + 52 = 92.\nThe answer is 92.",
                        "First 10 + 13 = 23.\nThen 23 * 4 = 92.\nThe answer is 92.",
                        "So 10 * 4 = 40 and 13 * 4 = 52.\nThat makes 40 + 52 = 92.\nThe answer is 92.",
                        "It is 10 + 13 = 24.\nThe answer is 24.",
                        "I don't know.");
        stage("augment", engine, AUGMENT);
        List<AugmentedPath> first =
                rows("augment/paths.jsonl", RecordRows::augmented).subList(0, 5);
        assertThat(first).extracting(AugmentedPath::kept).containsExactly(true, false, false, false, false);
        assertThat(first)
                .extracting(AugmentedPath::reason)
                .containsExactly(null, "duplicate", "duplicate", "wrong answer", "wrong answer");
        for (String name : List.of("sample", "correct", "filter")) {
            stage(name, new WritingEngine(), AUGMENT);
        }
        List<TrainingRow> cot = rows("filter/cot.jsonl", RecordRows::training);
        List<TrainingRow> augmented =
                cot.stream().filter(row -> row.kind().equals("augmented")).toList();
        assertThat(augmented.getFirst().completion())
                .isEqualTo("They are 10 * 4 = 40 and 13 * 4 = 52. Together 40 + 52 = 92. The answer is 92.");
        assertThat(cot.stream().filter(row -> row.kind().equals("cot"))).hasSize(5);
        assertThat(augmented).hasSize((int) rows("augment/paths.jsonl", RecordRows::augmented).stream()
                .filter(AugmentedPath::kept)
                .count());
    }

    @Test
    void asManyOfThemBecomeRowsAsTheConfigAllows() {
        String one = "augment={from: model, samples: 1, rows: 1}";
        WritingEngine engine = new WritingEngine()
                .script(
                        "Ann has 10 pears",
                        "They are 10 * 4 = 40 and 13 * 4 = 52.\nTogether 40 + 52 = 92.\nThe answer is 92.")
                .script(
                        "Ann has 11 pears",
                        "They are 11 * 4 = 44 and 14 * 4 = 56.\nTogether 44 + 56 = 100.\nThe answer is 100.");
        stage("augment", engine, one);
        assertThat(rows("augment/paths.jsonl", RecordRows::augmented).stream().filter(AugmentedPath::kept))
                .hasSizeGreaterThan(1);
        for (String name : List.of("sample", "correct", "filter")) {
            stage(name, new WritingEngine(), one);
        }
        List<TrainingRow> cot = rows("filter/cot.jsonl", RecordRows::training);
        assertThat(cot).filteredOn(row -> row.kind().equals("augmented")).hasSize(1);
        assertThat(cot).filteredOn(row -> row.kind().equals("cot")).hasSize(5);
    }

    @Test
    void whereSolutionsAreWrittenProblemsNeedNone() throws IOException {
        Files.writeString(
                small.path("bare.jsonl"),
                "{\"question\":\"Ann has 10 pears and buys 13 more, each worth 4 coins. What are they worth?\",\"answer\":\"92\"}\n");
        String problems = "problems=" + small.path("bare.jsonl");
        assertThatThrownBy(() -> Loop.all(small.to("other", problems), SmallRun.surroundings()))
                .hasMessageContaining("no rationale");
        String many = "augment={from: model, samples: 12}";
        Loop.all(small.to("run", problems, many, "arms=[cot]"), SmallRun.surroundings(new WritingEngine()));
        assertThat(rows("filter/cot.jsonl", RecordRows::training))
                .extracting(TrainingRow::kind)
                .containsExactly("augmented");
    }

    @Test
    void newProblemsComeOfCorrectedOnesAndAreSampledAndCorrected() {
        Loop.all(small.to("run", EVOLVE, local()), SmallRun.surroundings(new WritingEngine()));
        List<Problem> problems = rows("evolve/problems.jsonl", RecordRows::problem);
        assertThat(problems).isNotEmpty();
        for (Problem each : problems) {
            assertThat(each.question()).startsWith("Eve has");
            assertThat(each.rationale()).endsWith("The answer is " + each.answer() + ".");
        }
        List<String> corrected = rows("correct/corrections.jsonl", RecordRows::correction).stream()
                .filter(Correction::kept)
                .map(Correction::problemId)
                .toList();
        assertThat(rows("evolve/questions.jsonl", RecordRows::evolvedQuestion))
                .hasSize(6)
                .allMatch(each -> corrected.contains(each.seedProblemId()))
                .allMatch(each -> each.model().equals("strong"));
        assertThat(rows("evolve/paths.jsonl", RecordRows::path)).hasSize(3 * problems.size());
        List<TrainingRow> lema = rows("filter/lema.jsonl", RecordRows::training);
        List<TrainingRow> cot = rows("filter/cot.jsonl", RecordRows::training);
        assertThat(cot.stream().filter(row -> row.kind().equals("evolved"))).hasSize(problems.size());
        assertThat(lema).hasSameSizeAs(cot);
    }

    @Test
    void aQuestionWithoutAMajorityOrThatIsKnownIsDropped() throws IOException {
        Files.writeString(
                small.path("known.jsonl"),
                "{\"question\":\"eve has 57  pears and buys 60 more, each worth 4 coins. What are they worth?\",\"answer\":\"468\"}\n");
        WritingEngine engine = new WritingEngine()
                .script("Eve has 58", "The answer is 1.", "The answer is 2.", "The answer is 3.")
                .script("Eve has 59", "The answer is 1.", "It is 2. The answer is 2.", "Well. The answer is 2.")
                .script("Eve has 6", "So 8. The answer is 8.", "The answer is 8.", "The answer is 8.");
        Loop.all(
                small.to("run", EVOLVE, local(), "held_out=" + small.path("known.jsonl")),
                SmallRun.surroundings(engine));
        Map<String, Problem> problems = rows("evolve/problems.jsonl", RecordRows::problem).stream()
                .collect(Collectors.toMap(each -> each.question().substring(0, 10), each -> each));
        assertThat(problems).doesNotContainKeys("Eve has 57", "Eve has 58");
        assertThat(problems.get("Eve has 59").answer()).isEqualTo("2");
        assertThat(problems.get("Eve has 59").rationale()).isEqualTo("It is 2. The answer is 2.");
    }

    @Test
    void newProblemsOfAnotherRunAreTakenWhereTheyComeOfTheSame() {
        Loop.all(small.to("old", EVOLVE, local()), SmallRun.surroundings(new WritingEngine()));
        assertThat(writtenFrom("old", EVOLVE, "train.optimizer.learning_rate=1.0e-3"))
                .containsOnly("cot/adapter", "lema/adapter");
        assertThat(writtenFrom("old", EVOLVE.replace("6", "9"), "seed=0"))
                .as("further questions go on after those there are")
                .contains("strong");
        assertThat(writtenFrom("old", EVOLVE.replace("answers: 3", "answers: 2"), "seed=0"))
                .contains("strong");
        assertThat(writtenFrom("old", EVOLVE, "eval.problems=5"))
                .as("a question may be like one that is held out no more")
                .contains("strong");
        assertThat(writtenFrom("old", EVOLVE, "seed=1")).contains("model", "strong");
    }

    /** Who writes in a run that takes another over; its records must be those of a run by itself. */
    private List<String> writtenFrom(String old, String... overrides) {
        List<String> all = new ArrayList<>(List.of(overrides));
        all.add(local());
        String[] keys = all.toArray(String[]::new);
        String name = "new-" + String.join(",", overrides).hashCode();
        WritingEngine engine = new WritingEngine();
        Loop.all(small.to(name, keys), small.path(old), SmallRun.surroundings(engine));
        Loop.all(small.to(name + "-alone", keys), SmallRun.surroundings(new WritingEngine()));
        assertThat(small.records(name)).isEqualTo(small.records(name + "-alone"));
        return engine.opened().stream()
                .map(choice -> choice.adapter() == null
                        ? choice.model().getFileName().toString()
                        : choice.adapter().getParent().getFileName() + "/adapter")
                .toList();
    }

    @Test
    void severalModelsSampleProblemByProblem() {
        String adapter = small.path("first/train/lema/adapter").toString();
        Loop.all(small.to("first"), SmallRun.surroundings());
        String models = "sample.models=[" + small.path("model") + ", " + adapter + "]";
        WritingEngine engine = new WritingEngine();
        stage("sample", engine, models);
        List<ReasoningPath> paths = rows("sample/paths.jsonl", RecordRows::path);
        assertThat(paths).hasSize(5 * 3 * 2);
        assertThat(paths.subList(0, 6)).extracting(ReasoningPath::problemId).containsOnly("train-1");
        assertThat(paths.subList(0, 6)).extracting(ReasoningPath::sample).containsExactly(0, 1, 2, 3, 4, 5);
        assertThat(paths.subList(0, 6))
                .extracting(ReasoningPath::model)
                .containsExactly(
                        "model",
                        "model",
                        "model",
                        "model + lema/adapter",
                        "model + lema/adapter",
                        "model + lema/adapter");
        assertThat(engine.opened().get(1).adapter()).isEqualTo(Path.of(adapter));
        assertThat(small.path("run/sample")).isDirectoryNotContaining("glob:**model-*");
        assertThatThrownBy(() -> stage("correct", engine))
                .as("another list of models is another run")
                .isInstanceOf(BadInputException.class);
    }

    @Test
    void aSecondRoundStartsFromTheTrainedArm() {
        Loop.all(small.to("first"), SmallRun.surroundings());
        Path adapter = small.path("first/train/lema/adapter");
        WritingEngine engine = new WritingEngine();
        Loop.all(small.to("run", "train.adapter=" + adapter, "train.lora=null"), SmallRun.surroundings(engine));
        assertThat(engine.opened()).isNotEmpty();
        assertThat(engine.opened().getFirst().adapter()).isEqualTo(adapter);
    }

    @Test
    void stoppedAtAnyTextItContinuesToTheSameRecords() {
        String[] all = {
            EVOLVE, AUGMENT, local(), "sample.models=[" + small.path("model") + ", " + small.path("strong") + "]"
        };
        Loop.all(small.to("whole", all), SmallRun.surroundings(new WritingEngine()));
        SortedMap<String, String> whole = small.records("whole");
        assertThat(whole).containsKeys("augment/paths.jsonl", "evolve/corrections.jsonl");
        for (int texts = 0; texts < 60; texts += 3) {
            String output = "stopped-" + texts;
            StopSignal stop = new StopSignal();
            WritingEngine stopping = new WritingEngine(stop, texts);
            Surroundings interrupted = new Surroundings(() -> stopping, new Hardware(1, null), Progress.silent(), stop);
            try {
                Loop.all(small.to(output, all), interrupted);
            } catch (StoppedException e) {
                Loop.all(small.to(output, all), SmallRun.surroundings(new WritingEngine()));
            }
            assertThat(small.records(output)).as(output).isEqualTo(whole);
        }
    }

    @Test
    void whatCannotBeDoneIsRefusedByItsKey() {
        assertThatThrownBy(() -> stage("augment", new WritingEngine()))
                .hasMessageContaining("doesn't ask for stage augment");
        for (Map.Entry<String, String> each : Map.of(
                        "augment={from: openai}", "correct.openai.model",
                        "augment={from: nobody}", "augment.from",
                        "augment={from: model, samples: 0}", "augment.samples",
                        "evolve={questions: 3, from: local}", "correct.local.model",
                        "evolve={from: openai}", "evolve.questions",
                        "evolve={questions: 3, from: openai, answer: 3}", "answers",
                        "sample.models=[]", "sample.models")
                .entrySet()) {
            assertThatThrownBy(() -> small.to("run", each.getKey()))
                    .as(each.getKey())
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining(each.getValue());
        }
        assertThatThrownBy(() -> small.to(
                        "run",
                        "task=csqa",
                        "arms=[cot]",
                        "correct.openai.model=m",
                        "evolve={questions: 3, from: openai}"))
                .hasMessageContaining("evolve");
    }
}
