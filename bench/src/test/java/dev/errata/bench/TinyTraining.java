package dev.errata.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A training of {@link TinyModel} on rows of ids. */
public record TinyTraining(Path config, Path run) {
    private static final int ROWS = 7;
    private static final int TOKENS = 12;

    /** Its config in a folder, with further lines. */
    public static TinyTraining in(Path folder, String... lines) throws IOException {
        Path model = TinyModel.in(folder);
        StringBuilder rows = new StringBuilder();
        for (int row = 0; row < ROWS; row++) {
            List<Integer> ids = new ArrayList<>();
            for (int i = 0; i < TOKENS; i++) {
                ids.add((row * 31 + i * 7) % TinyModel.VOCABULARY);
            }
            rows.append("{\"ids\": %s, \"labels\": %s}\n".formatted(ids, ids));
        }
        Files.writeString(folder.resolve("rows.jsonl"), rows);
        Path config = Files.writeString(
                folder.resolve("tiny.yaml"), """
                model: %s
                data: rows.jsonl
                output: run
                steps: 8
                micro_batch_size: 2
                gradient_accumulation_steps: 2
                checkpoint_every: 3
                %s
                """.formatted(model.getFileName(), String.join("\n", lines)));
        return new TinyTraining(config, folder.resolve("run"));
    }

    /** The same after all its steps. */
    public TinyTraining trained() {
        BenchProgram ran = BenchProgram.command("train", config);
        assertThat(ran.code()).as(ran.err()).isZero();
        return this;
    }
}
