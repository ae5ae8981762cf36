package dev.errata.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.model.config.HuggingFaceConfig;
import dev.errata.model.config.ModelConfig;
import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.LocalEngine;
import dev.errata.pipeline.engine.Surroundings;
import dev.errata.pipeline.engine.Trained;
import dev.errata.pipeline.record.Correction;
import dev.errata.train.MemoryBudget;
import dev.errata.train.MemoryFit;
import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import dev.errata.train.binding.ConfigTree;
import dev.errata.train.config.TrainConfig;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Every committed config, and the loop as a whole, on the real engine with the embedded model at toy size. */
final class CommittedConfigsTest {
    private static final Path CONFIGS =
            Path.of("..", "configs").toAbsolutePath().normalize();
    private static final Path MODEL = CONFIGS.resolve("demo/errata-2m");

    @TempDir
    private Path folder;

    @BeforeEach
    void makeProblems() throws IOException {
        head("demo/problems.jsonl.gz", "problems.jsonl", 7);
        head("demo/held_out.jsonl.gz", "held_out.jsonl", 2);
    }

    private void head(String from, String to, int rows) throws IOException {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                new GZIPInputStream(Files.newInputStream(CONFIGS.resolve(from))), StandardCharsets.UTF_8))) {
            Files.writeString(
                    folder.resolve(to), lines.lines().limit(rows).collect(Collectors.joining("\n", "", "\n")));
        }
    }

    static List<Path> configs(boolean loop) throws IOException {
        try (Stream<Path> files = Files.list(CONFIGS)) {
            return files.filter(file -> file.toString().endsWith(".yaml"))
                    .filter(file -> isLoop(file) == loop)
                    .sorted()
                    .toList();
        }
    }

    static List<Path> loops() throws IOException {
        return configs(true);
    }

    static List<Path> trainings() throws IOException {
        return configs(false);
    }

    private static boolean isLoop(Path config) {
        return ConfigTree.read(config).root().has("held_out");
    }

    private static Surroundings surroundings() {
        return new Surroundings(LocalEngine::new, new Hardware(2, null), Progress.silent(), new StopSignal());
    }

    private LoopConfig loop(Path config, String... more) {
        List<String> overrides = new ArrayList<>(List.of(
                "model=" + MODEL,
                "problems=" + folder.resolve("problems.jsonl"),
                "held_out=" + folder.resolve("held_out.jsonl"),
                "output=" + folder.resolve("run"),
                "prompt=plain", // the embedded model has no chat template
                "sample.samples=1",
                "sample.batch_size=4",
                "task=gsm8k", // as the embedded problems are
                "sample.dtype=f32", // its weights aren't in a GGUF file's blocks
                "eval.dtype=f32",
                "sample.max_new_tokens=40",
                "eval.max_new_tokens=24",
                "correct.corrector=answer-key", // no endpoint is there to be asked
                "train.steps=1",
                "train.micro_batch_size=2",
                "train.micro_batch_tokens=null",
                "train.rows_per_step=null",
                "train.gradient_accumulation_steps=1"));
        if (ConfigTree.read(config).root().has("augment")) {
            overrides.add("augment={from: model, samples: 2}"); // nor by augment
        }
        overrides.addAll(List.of(more));
        return LoopConfig.read(config, overrides);
    }

    /** With as many problems and examples as the config says: all of the file are sampled, and some are examples. */
    @ParameterizedTest
    @MethodSource("loops")
    void aLoopsConfigRuns(Path config) {
        LoopConfig toy = loop(config);
        Loop.Outcome outcome = Loop.all(toy, surroundings());
        assertThat(outcome.summary().paths().total()).isEqualTo(7);
        assertThat(outcome.summary().arms().keySet()).contains("base").containsAll(toy.armNames());
        assertThat(folder.resolve("run/report.html")).exists();
    }

    /** As it is written, without the toy's overrides: sizes, lengths, prompt form, and a shape to plan with. */
    @ParameterizedTest
    @MethodSource("loops")
    void aLoopsConfigNamesAModelWhoseMemoryCanBePlanned(Path config) {
        LoopConfig loop = LoopConfig.read(config, List.of());
        if (!Files.exists(loop.model())) {
            assertThat(loop.model().toString()).endsWith(".gguf"); // to be had elsewhere
            return;
        }
        ModelConfig shape = HuggingFaceConfig.read(loop.model());
        MemoryFit fit = MemoryFit.of(shape, loop.model(), loop.train(), MemoryBudget.of("cpu"));
        assertThat(fit.plan().bytes().total()).isPositive();
        if (config.getFileName().toString().startsWith("lema-")) {
            assertThat(loop.train().stepRows()).isEqualTo(96);
            assertThat(loop.train().steps()).isEqualTo(2000);
            boolean math = loop.task().equals("math");
            assertThat(loop.filter().corrections()).isEqualTo(math ? 6306 : 12523);
            assertThat(loop.eval().problems()).isEqualTo(math ? 5000 : 1319);
            assertThat(loop.augment().rows()).isEqualTo(math ? 20009 - 7500 : 32421 - 7473);
            assertThat(loop.armNames()).hasSize(5).contains("cot", "lema", "cot-tokens");
            double rate = shape.hiddenSize() < 8192 ? 2e-4 : 1e-4;
            assertThat(loop.train().optimizer().learningRate()).isEqualTo(rate);
        }
    }

    @ParameterizedTest
    @MethodSource("trainings")
    void aTrainingsConfigRuns(Path config) throws IOException {
        Path rows = Files.writeString(
                folder.resolve("rows.jsonl"),
                "{\"prompt\": \"Question: 2 + 3?\\n\", \"completion\": \"5\"}\n".repeat(4));
        TrainConfig training = TrainConfig.read(
                config,
                List.of(
                        "model=" + MODEL,
                        "data=" + rows,
                        "output=" + folder.resolve("train"),
                        "prompt=plain",
                        Files.readString(config).contains("\nepochs:") ? "epochs=1" : "steps=1",
                        "micro_batch_size=2",
                        "gradient_accumulation_steps=1"));
        Trained trained = new LocalEngine().train(training, new Hardware(2, null), Progress.silent(), new StopSignal());
        assertThat(trained.steps()).isBetween(1, 2);
        assertThat(trained.loss()).isPositive();
        assertThat(trained.result()).isNotEmptyDirectory();
    }

    /** What no fake can show: real texts are corrected, the corrections are trained on, and the trained arms answer otherwise. */
    @Test
    void theLoopLearnsOnTheRealEngine() throws IOException {
        head("demo/problems.jsonl.gz", "problems.jsonl", 24);
        LoopConfig config = loop(
                CONFIGS.resolve("demo.yaml"),
                "train.steps=6",
                "train.micro_batch_size=4",
                "train.schedule.name=constant");
        Loop.Outcome outcome = Loop.all(config, surroundings());
        List<Correction> corrections =
                JsonRows.readAll(folder.resolve("run/correct/corrections.jsonl"), RecordRows::correction);
        assertThat(corrections).anyMatch(Correction::kept);
        assertThat(Files.readString(folder.resolve("run/filter/lema.jsonl"))).contains("\"correction\"");
        assertThat(outcome.summary().adapters().get("cot").sha256())
                .isNotEqualTo(outcome.summary().adapters().get("lema").sha256());
        SolutionLossText losses = new SolutionLossText(Files.readString(folder.resolve("run/eval/solution_loss.json")));
        assertThat(losses.of("cot")).isLessThan(losses.of("base"));
        Loop.Outcome again = Loop.all(config, surroundings());
        assertThat(again.already()).isTrue();
    }

    private record SolutionLossText(String json) {
        double of(String arm) throws IOException {
            return dev.errata.pipeline.data.Json.parse(json)
                    .path("arms")
                    .path(arm)
                    .asDouble(Double.NaN);
        }
    }
}
