package dev.errata.pipeline.run;

import dev.errata.pipeline.config.LoopConfig;
import dev.errata.pipeline.engine.Engine;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.Surroundings;
import dev.errata.train.Progress;
import dev.errata.train.StopSignal;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/** A loop over a handful of problems with an engine that has no model. */
public final class SmallRun {
    private static final String CONFIG = """
            model: model
            problems: train.jsonl
            held_out: test.jsonl
            output: run
            seed: 7
            sample: {problems: 5, samples: 3, temperature: 0.9, batch_size: 4, max_new_tokens: 64}
            train: {lora: {r: 1, lora_alpha: 1}, steps: 4, checkpoint_every: 2, micro_batch_size: 1}
            eval: {problems: 6, batch_size: 4, max_new_tokens: 64}
            """;

    private final Path folder;

    private SmallRun(Path folder) {
        this.folder = folder;
    }

    public static SmallRun in(Path folder) throws IOException {
        Files.createDirectories(folder.resolve("model"));
        Files.writeString(folder.resolve("model/config.json"), "{}");
        Files.writeString(folder.resolve("train.jsonl"), problems(10, 18));
        Files.writeString(folder.resolve("test.jsonl"), problems(30, 38));
        Files.writeString(folder.resolve("loop.yaml"), CONFIG);
        return new SmallRun(folder);
    }

    private static String problems(int from, int to) {
        StringBuilder rows = new StringBuilder();
        for (int i = from; i < to; i++) {
            int sum = 2 * i + 3;
            rows.append("""
                    {"question":"Ann has %d pears and buys %d more, each worth %d coins. What are they worth?",\
                    "answer":"Ann has %d + %d = <<%d+%d=%d>>%d pears.\\nThey are worth %d * 4 = %d coins.\\n#### %d"}
                    """.formatted(i, i + 3, 4, i, i + 3, i, i + 3, sum, sum, sum, 4 * sum, 4 * sum));
        }
        return rows.toString();
    }

    /** Takes a file or folder away, where it is there. */
    void delete(String name) throws IOException {
        Path gone = folder.resolve(name);
        if (Files.exists(gone)) {
            try (Stream<Path> files = Files.walk(gone)) {
                for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                    Files.delete(file);
                }
            }
        }
    }

    public Path path(String name) {
        return folder.resolve(name);
    }

    LoopConfig config(String... overrides) {
        return LoopConfig.read(folder.resolve("loop.yaml"), List.of(overrides));
    }

    public LoopConfig to(String output, String... more) {
        List<String> overrides = new ArrayList<>(List.of(more));
        overrides.add("output=" + folder.resolve(output));
        return LoopConfig.read(folder.resolve("loop.yaml"), overrides);
    }

    public static Surroundings surroundings() {
        return surroundings(new FakeEngine(0));
    }

    static Surroundings surroundings(Engine engine) {
        return new Surroundings(() -> engine, new Hardware(1, null), Progress.silent(), new StopSignal());
    }

    /** The records, adapters and the summary without its folder, by name. */
    SortedMap<String, String> records(String output) {
        Path run = folder.resolve(output);
        SortedMap<String, String> found = new TreeMap<>();
        try (Stream<Path> files = Files.walk(run)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                String name = run.relativize(file).toString();
                boolean log = name.endsWith("metrics.jsonl") || name.contains("checkpoints");
                if ((name.endsWith(".jsonl") && !log) || name.endsWith(".safetensors")) {
                    found.put(name, Files.readString(file, StandardCharsets.ISO_8859_1));
                } else if (name.equals("summary.json")) {
                    found.put(name, Files.readString(file).replace(run.toString(), "RUN"));
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return found;
    }
}
