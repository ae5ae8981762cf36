package dev.errata.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CompareCommandTest {
    @TempDir
    private Path folder;

    private Path run(String name, String loss, String correct) throws IOException {
        Path run = Files.createDirectories(folder.resolve(name));
        Files.createDirectories(run.resolve("train/lema"));
        Files.createDirectories(run.resolve("eval"));
        Files.writeString(run.resolve("manifest.json"), "{\"inputs\":{\"model\":{\"sha256\":\"" + name + "\"}}}\n");
        Files.writeString(run.resolve("config.yaml"), "task: gsm8k\noutput: " + name + "\n");
        Files.writeString(
                run.resolve("held_out.jsonl"),
                "{\"id\":\"p\",\"question\":\"q\",\"answer\":\"1\",\"rationale\":null}\n");
        Files.writeString(run.resolve("train/lema/metrics.jsonl"), """
                {"step":1,"loss":2.0,"grad_norm":1.0,"lr":0.1,"target_tokens":5,"tokens_per_second":7.0}
                {"step":2,"loss":%s,"grad_norm":1.0,"lr":0.1,"target_tokens":5,"tokens_per_second":7.0}
                """.formatted(loss));
        Files.writeString(
                run.resolve("eval/lema.jsonl"),
                "{\"problem_id\":\"p\",\"text\":\"t\",\"finish\":\"stop\",\"final_answer\":\"1\",\"correct\":" + correct
                        + "}\n");
        Files.writeString(run.resolve("eval/solution_loss.json"), "{}\n");
        return run;
    }

    @Test
    void twoRunsAreComparedAndThePageIsWritten() throws IOException {
        Path a = run("a", "1.0", "false");
        Path b = run("b", "1.5", "true");
        JsonNode found = Program.run("compare", a, b, "--json").rows().getFirst();
        assertThat(found.at("/trainings/lema/first_diverging_step").asInt()).isEqualTo(2);
        assertThat(found.at("/arms/lema/gained/0").asText()).isEqualTo("p");
        assertThat(found.at("/arms").size()).isEqualTo(1);
        assertThat(found.at("/settings").toString())
                .isEqualTo("[{\"key\":\"SHA-256 of model\",\"a\":\"a\",\"b\":\"b\"}]");
        assertThat(Path.of(found.get("page").asText()))
                .isEqualTo(a.resolve("compare-b.html"))
                .exists();
        Program text = Program.run("compare", a, b, "--output", folder.resolve("page.html"));
        text.succeeded();
        assertThat(text.out()).contains("B gains 1 and loses 0", "first differs in step 2", "page.html");
    }

    @Test
    void whatIsNoRunIsRefused() throws IOException {
        Path a = run("a", "1.0", "false");
        Program.run("compare", a, folder).refused("not a run's folder");
        Program.run("compare", folder.resolve("none"), a).refused("not a run's folder");
        Program.run("compare", a, a, "--tolerance", "2").refused("--tolerance");
        Files.writeString(a.resolve("eval/lema.jsonl"), "{\"problem_id\":7}\n");
        Program.run("compare", a, a).refused("lema.jsonl:1");
    }
}
