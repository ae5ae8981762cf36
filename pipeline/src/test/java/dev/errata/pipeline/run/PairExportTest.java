package dev.errata.pipeline.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.filter.PreferencePair.Length;
import dev.errata.pipeline.folder.WorkShard;
import dev.errata.tensor.BadInputException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PairExportTest {
    @TempDir
    private Path folder;

    @Test
    void aRunsCorrectionsBecomeRowsOfPromptChosenAndRejected() throws IOException {
        SmallRun small = SmallRun.in(folder);
        Loop.stage("sample", small.to("run"), null, WorkShard.WHOLE, SmallRun.surroundings());
        Loop.stage("correct", small.to("run"), null, WorkShard.WHOLE, SmallRun.surroundings());
        Path file = folder.resolve("out/pairs.jsonl");
        PairExport made = PairExport.write(folder.resolve("run"), Length.STEP, file);
        List<String> lines = Files.readAllLines(file);
        assertThat(lines).hasSize(made.pairs()).isNotEmpty();
        assertThat(made.pairs() + made.skipped()).isEqualTo(made.corrections());
        for (String line : lines) {
            assertThat(Json.parse(line).properties().stream().map(each -> each.getKey()))
                    .containsExactly("prompt", "chosen", "rejected");
            assertThat(Json.parse(line).get("prompt").asText()).startsWith("Please solve the following math problem.");
        }
    }

    @Test
    void aRunWithoutCorrectionsIsRefusedAndLeavesNoFile() throws IOException {
        SmallRun small = SmallRun.in(folder);
        Loop.stage("sample", small.to("run"), null, WorkShard.WHOLE, SmallRun.surroundings());
        Path file = folder.resolve("pairs.jsonl");
        assertThatThrownBy(() -> PairExport.write(folder.resolve("run"), Length.STEP, file))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("no kept correction");
        assertThat(file).doesNotExist();
    }
}
