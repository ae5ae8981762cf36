package dev.errata.pipeline.run;

import dev.errata.model.file.AtomicFile;
import dev.errata.model.file.WriteFailure;
import dev.errata.model.generate.EngineLimits;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.engine.Completion;
import dev.errata.pipeline.engine.Engine;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.ModelChoice;
import dev.errata.pipeline.engine.Request;
import dev.errata.pipeline.engine.TextModel;
import dev.errata.pipeline.engine.TextSampling;
import dev.errata.pipeline.engine.Trained;
import dev.errata.pipeline.record.ArmMixture.RowTokens;
import dev.errata.pipeline.record.TrainingRow;
import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import dev.errata.train.StoppedException;
import dev.errata.train.binding.ConfigText;
import dev.errata.train.config.TrainConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.random.RandomGenerator;
import java.util.random.RandomGeneratorFactory;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * An engine without a model: it solves problems "A … B … C" as (A + B) * C, with mistakes drawn from the request's key
 * and the model's name. With an adapter it errs less. Trains by writing what a trainer leaves.
 */
public final class FakeEngine implements Engine {
    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final int STEPS_SHOWN = 3;

    private final long millisEach;

    /** @param millisEach how long a text or a step takes */
    public FakeEngine(long millisEach) {
        this.millisEach = millisEach;
    }

    @Override
    public TextModel open(ModelChoice choice) {
        return new FakeModel(choice);
    }

    private final class FakeModel implements TextModel {
        private final ModelChoice choice;

        FakeModel(ModelChoice choice) {
            this.choice = choice;
        }

        @Override
        public void complete(List<Request> requests, TextSampling sampling, EngineLimits limits, Texts texts) {
            for (int place = 0; place < requests.size(); place++) {
                Request request = requests.get(place);
                texts.goesOn();
                pause(request.samples());
                texts.written(
                        place,
                        IntStream.range(0, request.samples())
                                .mapToObj(sample -> text(request, sample))
                                .toList());
            }
        }

        private Completion text(Request request, int sample) {
            int question = request.prompt().lastIndexOf("Question:");
            List<Integer> numbers = new ArrayList<>();
            Matcher each = NUMBER.matcher(request.prompt().substring(Math.max(0, question)));
            while (each.find()) {
                numbers.add(Integer.parseInt(each.group()));
            }
            String arm = name(choice.adapter());
            long seed = Objects.hash(request.seed(), request.prompt(), sample, arm);
            RandomGenerator random =
                    RandomGeneratorFactory.of("L64X128MixRandom").create(seed);
            int mistakes = choice.adapter() == null ? 50 : 25;
            int off = random.nextInt(100) < mistakes ? 1 : 0;
            if (random.nextInt(100) < 6) {
                return new Completion("I do not know what to say about it.", "stop");
            }
            int sum = numbers.get(0) + numbers.get(1) + off;
            int product = sum * numbers.get(2);
            String body = "They have " + numbers.get(0) + " + " + numbers.get(1) + " = " + sum + " pears.\nThat makes "
                    + sum
                    + " * " + numbers.get(2) + " = " + product + " coins" + (random.nextInt(3) == 0 ? " in all" : "")
                    + ".\n";
            boolean cut = random.nextInt(100) < 5;
            return cut
                    ? new Completion(body.substring(0, body.length() / 2), "length")
                    : new Completion(body + "The answer is " + product + ".", "stop");
        }

        @Override
        public void close() {}
    }

    /** {@code base}, an arm, or an arm and its checkpoint. */
    static String name(Path adapter) {
        if (adapter == null) {
            return "base";
        }
        Path parent = adapter.getParent();
        return adapter.endsWith("adapter")
                ? parent.getFileName().toString()
                : parent.getParent().getFileName() + " " + adapter.getFileName();
    }

    /** A token is a word, and the end is one more. */
    @Override
    public Optional<Function<TrainingRow, RowTokens>> rowTokens(ModelChoice choice) {
        return Optional.of(row -> new RowTokens(words(row.prompt()), words(row.completion()) + 1));
    }

    private static int words(String text) {
        return text.strip().split("\\s+").length;
    }

    private void pause(long count) {
        try {
            Thread.sleep(millisEach * count);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public Trained train(TrainConfig config, Hardware hardware, Progress progress, StopSignal stop) {
        Path output = config.output();
        Path adapter = output.resolve("adapter");
        int steps = config.settings().steps();
        boolean already = Files.exists(output.resolve("summary.json"));
        if (already) {
            return new Trained(steps, 0.5, adapter, true);
        }
        try {
            Files.createDirectories(output.resolve("checkpoints"));
            AtomicFile.write(output.resolve("config.yaml"), ConfigText.yaml(config));
            AtomicFile.write(output.resolve("manifest.json"), "{\"seed\": " + config.seed() + "}\n");
            steps(config, progress, stop);
            save(adapter, weights(config, 0));
            AtomicFile.write(output.resolve("summary.json"), "{}\n");
        } catch (IOException e) {
            throw WriteFailure.of(output, e);
        }
        return new Trained(steps, 0.5, adapter, false);
    }

    private void steps(TrainConfig config, Progress progress, StopSignal stop) throws IOException {
        Path checkpoint = config.output().resolve("checkpoints/last.json");
        Path metrics = config.output().resolve("metrics.jsonl");
        int done = Files.exists(checkpoint)
                ? Json.MAPPER.readTree(checkpoint.toFile()).get("step").intValue()
                : 0;
        List<String> kept = Files.exists(metrics)
                ? Files.readString(metrics).lines().limit(done).toList()
                : List.of();
        Files.write(metrics, kept);
        int steps = config.settings().steps();
        try (Progress.Bar bar = progress.begin("train", "steps", done, steps)) {
            for (int step = done + 1; step <= steps; step++) {
                pause(STEPS_SHOWN);
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("step", step);
                row.put("loss", 2.0 / step + 0.5);
                row.put("grad_norm", 1.0 / step);
                row.put("lr", config.settings().optimizer().learningRate());
                row.put("target_tokens", 100);
                row.put("tokens_per_second", 1000.0 + System.nanoTime() % 100);
                Files.writeString(metrics, Json.line(row) + "\n", StandardOpenOption.APPEND, StandardOpenOption.CREATE);
                bar.advance(1);
                boolean saving = step % config.settings().checkpointEvery() == 0;
                if (saving && config.settings().keepsAllResults()) {
                    save(config.output().resolve("checkpoints/step-" + step), weights(config, step));
                }
                if (saving || stop.requested()) {
                    AtomicFile.write(checkpoint, "{\"step\": " + step + "}\n");
                }
                if (stop.requested()) {
                    throw new StoppedException();
                }
            }
        }
    }

    private static void save(Path adapter, byte[] weights) throws IOException {
        Files.createDirectories(adapter);
        AtomicFile.write(adapter.resolve("adapter_model.safetensors"), weights);
        AtomicFile.write(
                adapter.resolve("adapter_config.json"),
                "{\"peft_type\": \"LORA\", \"r\": 1, \"lora_alpha\": 1, \"target_modules\": \"all-linear\","
                        + " \"base_model_name_or_path\": null}\n");
    }

    private static byte[] weights(TrainConfig config, int step) throws IOException {
        String module = "base_model.model.model.layers.0.self_attn.q_proj";
        String header = "{\"" + module + ".lora_A.weight\":{\"dtype\":\"F32\",\"shape\":[1,2],\"data_offsets\":[0,8]},"
                + "\"" + module + ".lora_B.weight\":{\"dtype\":\"F32\",\"shape\":[2,1],\"data_offsets\":[8,16]}}";
        byte[] text = header.getBytes(StandardCharsets.UTF_8);
        ByteBuffer file = ByteBuffer.allocate(8 + text.length + 16).order(ByteOrder.LITTLE_ENDIAN);
        int made = Objects.hash(
                Files.readString(config.data().getFirst()),
                config.settings().optimizer().learningRate());
        file.putLong(text.length)
                .put(text)
                .putFloat(1)
                .putFloat(2)
                .putFloat((made & 0xffff) + 1f)
                .putFloat(4 + step);
        return file.array();
    }
}
