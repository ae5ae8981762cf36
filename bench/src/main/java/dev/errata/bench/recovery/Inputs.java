package dev.errata.bench.recovery;

import dev.errata.model.file.AtomicFile;
import dev.errata.pipeline.cli.Main;
import dev.errata.pipeline.cli.Session;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.data.JsonRows;
import dev.errata.pipeline.data.RecordRows;
import dev.errata.pipeline.record.Problem;
import dev.errata.tensor.RunFailedException;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * What the scenarios read, as small as it can be: a model of 37,000 random weights with the demo's tokenizer, an adapter of it, rows,
 * problems, corrections, and two configs.
 */
record Inputs(Path folder, List<Problem> problems) {
    private static final String MODEL = """
            {"architectures": ["LlamaForCausalLM"], "model_type": "llama", "vocab_size": 512, "hidden_size": 32,
             "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 2, "num_key_value_heads": 2,
             "head_dim": 16, "hidden_act": "silu", "max_position_embeddings": 2048, "rms_norm_eps": 1e-05,
             "rope_theta": 10000.0, "tie_word_embeddings": true, "attention_bias": false, "mlp_bias": false,
             "initializer_range": 0.02, "bos_token_id": null, "eos_token_id": 2, "pad_token_id": 0, "torch_dtype": "float32"}
            """;
    private static final String TRAIN = """
            model: tiny
            data: rows.jsonl
            output: unused
            lora: {r: 2, lora_alpha: 4, target_modules: all-linear}
            steps: 5
            micro_batch_size: 2
            optimizer: {name: adamw, learning_rate: 1.0e-3}
            checkpoint_every: 2
            order: shuffled
            """;
    /** A path is wrong whatever the random model writes, so that each has its correction. */
    private static final String LOOP = """
            task: gsm8k
            model: tiny
            problems: problems.jsonl
            held_out: held_out.jsonl
            output: unused
            sample: {problems: 3, samples: 2, temperature: 0.8, max_new_tokens: 6, batch_size: 2}
            correct: {corrector: replay, unfinished: correct, replay: {file: corrections.jsonl}}
            train:
              lora: {r: 2, lora_alpha: 4, target_modules: all-linear}
              steps: 3
              micro_batch_size: 2
              optimizer: {name: adamw, learning_rate: 1.0e-3}
              checkpoint_every: 1
            eval: {problems: 3, max_new_tokens: 6, batch_size: 2}
            """;

    private static final List<String> TOKENIZER =
            List.of("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "generation_config.json");

    /** Makes them in a folder. */
    static Inputs make(Path folder, Session session) {
        AtomicFile.createFolders(folder);
        Path config = folder.resolve("tiny.json");
        Path tiny = folder.resolve("tiny");
        AtomicFile.write(config, MODEL);
        run(session, "init", "--config", config.toString(), "--output", tiny.toString());
        Path demo = Path.of(System.getProperty("errata.home", ".")).resolve("configs/demo/errata-2m");
        for (String name : TOKENIZER) {
            AtomicFile.write(tiny.resolve(name), read(demo.resolve(name)));
        }
        AtomicFile.write(folder.resolve("rows.jsonl"), rows());
        AtomicFile.write(folder.resolve("train.yaml"), TRAIN);
        AtomicFile.write(folder.resolve("loop.yaml"), LOOP);
        Path problems = folder.resolve("problems.jsonl");
        run(session, "problems", "--seed", "2", "--count", "5", "--output", problems.toString());
        run(
                session,
                "problems",
                "--seed",
                "3",
                "--count",
                "8",
                "--split",
                "held_out",
                "--output",
                folder.resolve("held_out.jsonl").toString());
        List<Problem> all = JsonRows.readAll(problems, RecordRows::problem);
        AtomicFile.write(folder.resolve("corrections.jsonl"), corrections(all));
        run(
                session,
                "train",
                folder.resolve("train.yaml").toString(),
                "output=" + folder.resolve("training"),
                "steps=1");
        AtomicFile.createFolders(folder.resolve("adapter"));
        for (String name : List.of("adapter_config.json", "adapter_model.safetensors")) {
            AtomicFile.write(
                    folder.resolve("adapter").resolve(name),
                    read(folder.resolve("training/adapter").resolve(name)));
        }
        return new Inputs(folder, all);
    }

    /** Eleven rows of ids, so that a last step is short. */
    private static String rows() {
        Random random = new Random(1);
        StringBuilder rows = new StringBuilder();
        for (int row = 0; row < 11; row++) {
            List<Integer> ids = new ArrayList<>();
            for (int i = 5 + random.nextInt(10); i > 0; i--) {
                ids.add(5 + random.nextInt(490));
            }
            List<Integer> labels = new ArrayList<>(ids);
            Collections.fill(labels.subList(0, 2), -100);
            rows.append(Json.line(Map.of("ids", ids, "labels", labels))).append('\n');
        }
        return rows.toString();
    }

    private static String corrections(List<Problem> problems) {
        StringBuilder rows = new StringBuilder();
        for (Problem problem : problems) {
            for (int sample = 0; sample < 2; sample++) {
                rows.append(Json.line(
                                Map.of("problem_id", problem.id(), "sample", sample, "text", correction(problem))))
                        .append('\n');
            }
        }
        return rows.toString();
    }

    /** What a corrector that knows the solution says of any path. */
    static String correction(Problem problem) {
        StringBuilder text = new StringBuilder(" Step 1.\nExplanation: It doesn't follow.\nCorrect Solution:\n{\n");
        String[] steps = problem.rationale().split("\n");
        for (int i = 0; i < steps.length; i++) {
            text.append("Step ").append(i + 1).append(": ").append(steps[i]).append('\n');
        }
        return text + "The answer is " + problem.answer() + ".\n}";
    }

    private static void run(Session session, String... command) {
        ByteArrayOutputStream err = new ByteArrayOutputStream();
        PrintStream nothing = new PrintStream(OutputStream.nullOutputStream(), false, StandardCharsets.UTF_8);
        int code = Main.run(nothing, new PrintStream(err, true, StandardCharsets.UTF_8), session.engine(), command);
        if (code != 0) {
            throw new RunFailedException(
                    "inputs can't be made, " + String.join(" ", command) + " ends with " + code,
                    err.toString(StandardCharsets.UTF_8).replace(':', ' '),
                    "start the program with ./errata, where its configs are");
        }
    }

    private static byte[] read(Path file) {
        try {
            return Files.readAllBytes(file);
        } catch (IOException e) {
            throw new RunFailedException(
                    "an input can't be read", file.toString(), "start the program with ./errata", e);
        }
    }
}
