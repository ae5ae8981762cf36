package dev.errata.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReviewCommandTest {
    @TempDir
    private Path folder;

    @Test
    void whatIsNoRunIsRefused() {
        Program.run("review", folder).refused("not a run's folder");
        Program.run("review", folder.resolve("none"), "--report").refused("not a run's folder");
        Program.run("review", folder, "--port", "70000").refused("--port");
        Program.run("review", folder, "--count", "0").refused("--count");
    }

    @Test
    void theSharesArePrintedWithoutAPage() throws IOException {
        Files.writeString(folder.resolve("config.yaml"), "task: gsm8k\n");
        Files.writeString(folder.resolve("manifest.json"), "{}\n");
        Files.writeString(folder.resolve("problems.jsonl"), "");
        Files.createDirectories(folder.resolve("correct"));
        Files.writeString(folder.resolve("correct/corrections.jsonl"), """
                {"problem_id":"p","sample":0,"kept":true}
                """);
        Program empty = Program.run("review", folder, "--report", "--json");
        assertThat(empty.rows().getFirst().get("raters")).isEmpty();
        Files.createDirectories(folder.resolve("review"));
        Files.writeString(folder.resolve("review/ratings.jsonl"), """
                {"problem_id":"p","sample":0,"rater":"Ann","rating":"poor","time":"2026-01-31T12:00:00Z"}
                {"problem_id":"p","sample":0,"rater":"Bob","rating":"good","time":"2026-01-31T12:00:00Z"}
                """);
        Program report = Program.run("review", folder, "--report");
        report.succeeded();
        assertThat(report.out()).contains("Ann, 1 rated", "Ann and Bob agree on 0.0 % of 1", "kappa 0.00");
    }
}
