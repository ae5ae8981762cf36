package dev.errata.pipeline.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.StepLog;
import dev.errata.pipeline.folder.RunLock;
import dev.errata.pipeline.rows.TinyChatModel;
import dev.errata.tensor.Backends;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.MachineCodeSetting;
import dev.errata.train.Progress;
import dev.errata.train.StepRecord;
import dev.errata.train.StopSignal;
import dev.errata.train.StoppedException;
import dev.errata.train.config.TrainConfig;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whole trainings of a tiny model on the real engine: what binds a folder, what is refused, what is left behind. */
final class TrainingRunTest {
    private static final String TEMPLATE =
            "{% for m in messages %}[{{ m.role }}]{{ m.content }}{{ eos_token }}{% endfor %}"
                    + "{% if add_generation_prompt %}[assistant]{% endif %}";

    @TempDir
    private Path folder;

    private final ByteArrayOutputStream said = new ByteArrayOutputStream();

    @BeforeEach
    void makeInputs() throws IOException {
        TinyChatModel.in(folder, "m", 1, TEMPLATE);
        StringBuilder rows = new StringBuilder();
        for (int i = 0; i < 8; i++) {
            rows.append("{\"prompt\": \"%d + 1?\", \"completion\": \"It is %d.\"}\n".formatted(i, i + 1));
        }
        Files.writeString(folder.resolve("rows.jsonl"), rows.toString());
        Files.writeString(folder.resolve("train.yaml"), """
                model: m
                data: rows.jsonl
                output: out
                steps: 4
                micro_batch_size: 2
                lora: {r: 2}
                prompt: chat
                max_prompt_tokens: 40
                max_completion_tokens: 40
                checkpoint_every: 2
                """);
    }

    private TrainConfig config(String... overrides) {
        return TrainConfig.read(folder.resolve("train.yaml"), List.of(overrides));
    }

    private Trained train(String... overrides) {
        return train(new StopSignal(), overrides);
    }

    private Trained train(StopSignal stop, String... overrides) {
        return train(new Hardware(1, "cpu"), stop, overrides);
    }

    private Trained train(Hardware hardware, StopSignal stop, String... overrides) {
        Progress progress = new Progress(new PrintStream(said, true, StandardCharsets.UTF_8), false, false);
        return new LocalEngine().train(config(overrides), hardware, progress, stop);
    }

    private void stoppedAfterOneStep(String... overrides) {
        StopSignal stop = new StopSignal();
        stop.request();
        assertThatThrownBy(() -> train(stop, overrides)).isInstanceOf(StoppedException.class);
    }

    private Path out(String name) {
        return folder.resolve("out").resolve(name);
    }

    private JsonNode manifest() throws IOException {
        return Json.parse(Files.readString(out("manifest.json")));
    }

    private List<StepRecord> steps() {
        return StepLog.read(out("metrics.jsonl"));
    }

    private void refused(String word, String... overrides) {
        assertThatThrownBy(() -> train(overrides))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining(word)
                .hasMessageContaining(folder.resolve("out").toString());
    }

    @Test
    void anInterruptedTrainingIsRefusedToAnotherModelUnderTheSameName() throws IOException {
        stoppedAfterOneStep();
        Path elsewhere = Files.createDirectory(folder.resolve("elsewhere"));
        Path other = TinyChatModel.in(elsewhere, "m", 2, TEMPLATE);
        refused("model was", "model=" + other);
        Files.copy(
                other.resolve("model.safetensors"),
                folder.resolve("m/model.safetensors"),
                java.nio.file.StandardCopyOption.REPLACE_EXISTING,
                java.nio.file.StandardCopyOption.COPY_ATTRIBUTES);
        refused("model was");
    }

    @Test
    void theSameModelAndRowsElsewhereAreTheSame() throws IOException {
        stoppedAfterOneStep();
        Files.move(folder.resolve("m"), folder.resolve("moved"));
        Files.move(folder.resolve("rows.jsonl"), folder.resolve("other.jsonl"));
        Files.writeString(folder.resolve("moved/README.md"), "changes nothing");
        assertThat(train("model=" + folder.resolve("moved"), "data=" + folder.resolve("other.jsonl"))
                        .steps())
                .isEqualTo(4);
    }

    @Test
    void otherRowsUnderTheSameNameAreRefused() throws IOException {
        stoppedAfterOneStep();
        Path rows = folder.resolve("rows.jsonl");
        Files.writeString(rows, Files.readString(rows).replace("It is 3.", "It is 4."));
        refused("data was");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "seed=1",
                "lora.r=4",
                "optimizer.learning_rate=1.0e-4",
                "schedule.name=linear",
                "assistant=last",
                "micro_batch_size=1",
                "rows_per_step=5",
                "prompt=plain",
                "order=shuffled",
                "validation=0.5"
            })
    void aSettingThatCanChangeAValueIsRefusedByItsName(String override) {
        stoppedAfterOneStep();
        refused(override.substring(0, override.indexOf('=')) + " was", override);
    }

    @Test
    void settingsThatChangeNothingMayChange() {
        train("output=" + folder.resolve("straight"));
        stoppedAfterOneStep();
        train(
                "checkpoint_every=3",
                "recompute=all",
                "optimizer.paged=true",
                "optimizer.page_budget_mb=1",
                "ignore=[note]");
        assertThat(out("adapter/adapter_model.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("straight/adapter/adapter_model.safetensors"));
    }

    @Test
    void underAConstantRateAFinishedTrainingGoesOnForMoreSteps() throws IOException {
        train("steps=6", "output=" + folder.resolve("straight"));
        assertThat(train().already()).isFalse();
        assertThat(train().already()).isTrue();
        assertThat(train("steps=6").steps()).isEqualTo(6);
        assertThat(said.toString(StandardCharsets.UTF_8)).contains("continues from step 4 of 6");
        assertThat(steps()).hasSize(6);
        assertThat(out("adapter/adapter_model.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("straight/adapter/adapter_model.safetensors"));
        refused("steps asks for 5 steps, 6 are done", "steps=5");
        assertThat(train("steps=6").already()).isTrue();
    }

    @Test
    void anInterruptedTrainingMayBeGivenFewerSteps() {
        stoppedAfterOneStep();
        assertThat(train("steps=2").steps()).isEqualTo(2);
    }

    @Test
    void underARateThatGoesByTheirNumberOtherStepsAreRefused() {
        stoppedAfterOneStep("schedule.name=cosine");
        refused("steps was 4 and is 6", "schedule.name=cosine", "steps=6");
    }

    @Test
    void aRunOfAnotherVersionIsRefusedByName() throws IOException {
        stoppedAfterOneStep();
        ObjectNode changed = (ObjectNode) manifest();
        changed.put("errata", "0.0.9");
        Files.writeString(out("manifest.json"), changed.toString());
        refused("version 0.0.9");
    }

    @Test
    void goesOnOnAnotherDeviceOnlyWhenToldAndSaysThatBitsChange() throws IOException {
        stoppedAfterOneStep();
        assertThat(manifest().path("device").asText()).isEqualTo("cpu");
        assertThatThrownBy(() -> train(new Hardware(1, "reference"), new StopSignal()))
                .isInstanceOf(BadInputException.class)
                .hasMessageContainingAll("begun on cpu", "on reference its bits would change", "--change-device");
        assertThat(train(new Hardware(1, "reference", true), new StopSignal()).steps())
                .isEqualTo(4);
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains("was begun on cpu and goes on on reference", "its bits differ");
        assertThat(manifest().path("device").asText()).isEqualTo("reference");
        assertThat(train(new Hardware(1, "cpu"), new StopSignal()).already()).isTrue();
    }

    /** Where bf16 is computed by units that vectors don't have; a run in f32 doesn't mind. */
    @Test
    void aRunInBf16GoesOnWithOtherUnitsOnlyWhenTold() throws IOException {
        Files.writeString(folder.resolve("train.yaml"), "dtype: bf16\n", StandardOpenOption.APPEND);
        stoppedAfterOneStep();
        List<String> units = Backends.provider("cpu").bf16Units();
        assertThat(manifest().path("units").size()).isEqualTo(units.size());
        assumeTrue(!units.isEmpty(), "this processor has no such unit");
        MachineCodeSetting.set("off");
        try {
            assertThatThrownBy(() -> train(new Hardware(1, "cpu"), new StopSignal()))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContainingAll(
                            "was begun with " + units.getFirst(), "goes on with vectors alone", "--machine-code");
            assertThat(train(new Hardware(1, "cpu", true), new StopSignal()).steps())
                    .isEqualTo(4);
            assertThat(said.toString(StandardCharsets.UTF_8)).contains("its bits differ");
            assertThat(manifest().path("units").isEmpty()).isTrue();
        } finally {
            MachineCodeSetting.set(null);
        }
    }

    @Test
    void aSecondProcessOnTheSameOutputIsRefused() throws IOException {
        Files.createDirectories(folder.resolve("out"));
        try (RunLock held = RunLock.take(folder.resolve("out"))) {
            assertThat(held).isNotNull();
            refused("another process");
        }
        assertThat(train().steps()).isEqualTo(4);
    }

    @Test
    void aFolderInWhichNothingWasDoneIsBoundToNoConfig() throws IOException {
        Files.writeString(folder.resolve("bad.jsonl"), "{\"prompt\": 5, \"completion\": \"x\"}\n");
        assertThatThrownBy(() -> train("data=" + folder.resolve("bad.jsonl"))).hasMessageContaining("bad.jsonl:1");
        assertThat(out("manifest.json")).doesNotExist();
        assertThat(train("seed=3").steps()).isEqualTo(4);
    }

    @Test
    void aRefusedTrainingLeavesNothing() throws IOException {
        Files.writeString(folder.resolve("bad.jsonl"), "{\"prompt\": 5, \"completion\": \"x\"}\n");
        Path deep = folder.resolve("new/deep");
        assertThatThrownBy(() -> train("data=" + folder.resolve("bad.jsonl"), "output=" + deep))
                .hasMessageContaining("bad.jsonl:1");
        assertThat(folder.resolve("new")).doesNotExist();
        Files.createDirectories(deep);
        Files.writeString(deep.resolve("mine.txt"), "stays");
        assertThatThrownBy(() -> train("data=" + folder.resolve("bad.jsonl"), "output=" + deep))
                .hasMessageContaining("bad.jsonl:1");
        assertThat(deep.resolve("mine.txt")).exists();
    }

    /** As a process leaves it that is killed after the manifest and before the summary. */
    @Test
    void aFinishedTrainingWithoutItsSummaryGetsIt() throws IOException {
        train();
        String summary = Files.readString(out("summary.json"));
        byte[] adapter = Files.readAllBytes(out("adapter/adapter_model.safetensors"));
        Files.delete(out("summary.json"));
        Files.delete(out("report.html"));
        assertThat(train().already()).isFalse();
        assertThat(out("summary.json")).hasContent(summary);
        assertThat(out("report.html")).exists();
        assertThat(out("adapter/adapter_model.safetensors")).hasBinaryContent(adapter);
        assertThat(train().already()).isTrue();
    }

    @Test
    void endsBeforeLoadingWhereItDoesNotFitIntoMemory() {
        assertThatThrownBy(() -> train("micro_batch_size=2000000", "max_prompt_tokens=400"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContainingAll(
                        "training needs", "of memory", "micro_batch_size=1 gradient_accumulation_steps=2000000 needs");
        assertThat(out("manifest.json")).doesNotExist();
    }

    @Test
    void aRowWithoutRoomInAMicroBatchOfTokensIsNamedBeforeAnythingIsLoaded() {
        assertThatThrownBy(() -> train("micro_batch_size=null", "micro_batch_tokens=5"))
                .isInstanceOf(BadInputException.class)
                .hasMessageContainingAll("rows.jsonl:1", "micro_batch_tokens is 5", "raise micro_batch_tokens");
        assertThat(out("manifest.json")).doesNotExist();
    }

    /** A folder made before a key was there has none of that name. */
    @Test
    void aKeyThatIsNotSetIsLikeOneThatWasNotThere() throws IOException {
        stoppedAfterOneStep();
        ObjectNode changed = (ObjectNode) manifest();
        ((ObjectNode) changed.path("settings")).remove("micro_batch_tokens");
        Files.writeString(out("manifest.json"), changed.toString());
        assertThat(train().steps()).isEqualTo(4);
    }

    @Test
    void theManifestSaysVersionMemoryAndWarnings() throws IOException {
        train();
        assertThat(manifest().path("errata").asText()).isEqualTo("0.1.0");
        assertThat(manifest().at("/memory/planned").asLong())
                .isGreaterThanOrEqualTo(manifest().at("/memory/reserved").asLong());
        assertThat(manifest().at("/memory/reserved").asLong()).isPositive();
        assertThat(manifest().at("/warnings/loss").asInt(-1)).isZero();
        assertThat(out("report.html")).exists();
        JsonNode summary = Json.parse(Files.readString(out("summary.json")));
        assertThat(summary.path("steps").asInt()).isEqualTo(4);
        assertThat(summary.at("/result/sha256").asText()).hasSize(64);
    }

    @Test
    void aRateThatRuinsTheModelIsWarnedOfOnceAndCounted() throws IOException {
        train("optimizer.learning_rate=100", "steps=8");
        String text = said.toString(StandardCharsets.UTF_8);
        assertThat(text.lines().filter(line -> line.startsWith("warning: the gradient norm")))
                .hasSize(1);
        assertThat(manifest().at("/warnings/grad_norm").asInt()).isGreaterThan(1);
    }

    @Test
    void validatesAtCheckpointsAndKeepsTheBest() throws IOException {
        train("validation=0.25", "optimizer.learning_rate=0.01", "steps=6");
        List<StepRecord> measured =
                steps().stream().filter(step -> step.validationLoss() != null).toList();
        assertThat(measured).extracting(StepRecord::step).containsExactly(2, 4, 6);
        JsonNode validation = Json.parse(Files.readString(out("summary.json"))).path("validation");
        double best =
                measured.stream().mapToDouble(StepRecord::validationLoss).min().orElseThrow();
        assertThat(validation.path("best_loss").asDouble()).isEqualTo(best);
        assertThat(out("checkpoints/best/adapter_model.safetensors")).exists();
        if (validation.path("best_step").asInt() == 6) {
            assertThat(out("checkpoints/best/adapter_model.safetensors"))
                    .hasSameBinaryContentAs(out("adapter/adapter_model.safetensors"));
        }
        assertThat(said.toString(StandardCharsets.UTF_8)).contains("validation: 2 of the rows, 6 are left to train on");
    }

    /** The same rows, trained on and measured, have the same loss before a step changes anything. */
    @Test
    void aValidationLossIsTheLossOfThoseRows() {
        train(
                "validation=" + folder.resolve("rows.jsonl"),
                "steps=1",
                "micro_batch_size=8",
                "optimizer.learning_rate=0");
        StepRecord step = steps().getFirst();
        assertThat(step.validationLoss()).isEqualTo(step.loss());
    }

    @Test
    void stoppedAndContinuedItHasTheSameLogAndTheSameBest() throws IOException {
        String[] overrides = {"validation=0.25", "optimizer.learning_rate=0.01", "steps=5"};
        train("validation=0.25", "optimizer.learning_rate=0.01", "steps=5", "output=" + folder.resolve("straight"));
        for (int i = 0; i < 3; i++) {
            stoppedAfterOneStep(overrides);
        }
        train(overrides);
        List<StepRecord> straight = StepLog.read(folder.resolve("straight/metrics.jsonl"));
        assertThat(steps())
                .extracting(StepRecord::validationLoss)
                .isEqualTo(straight.stream().map(StepRecord::validationLoss).toList());
        assertThat(out("checkpoints/best/adapter_model.safetensors"))
                .hasSameBinaryContentAs(folder.resolve("straight/checkpoints/best/adapter_model.safetensors"));
    }

    @Test
    void saysAtTheStartWhatItRecognised() {
        train();
        assertThat(said.toString(StandardCharsets.UTF_8))
                .contains(
                        "8 rows of {prompt, completion}; 72 of",
                        "train out: 4 of 4 steps, loss ",
                        "gradient norm",
                        "tokens/s");
    }
}
