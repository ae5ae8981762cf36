package dev.errata.pipeline.watch;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.folder.WorkShard;
import dev.errata.pipeline.run.Loop;
import dev.errata.pipeline.run.RunFolder;
import dev.errata.pipeline.run.SmallRun;
import dev.errata.pipeline.serve.TestHttpClient;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class WatchServerTest {
    @TempDir
    private Path folder;

    private SmallRun small;
    private RunFolder run;

    @BeforeEach
    void makeInputs() throws IOException {
        small = SmallRun.in(folder);
        run = new RunFolder(small.path("run"));
    }

    private static HttpResponse<String> get(WatchServer server, String path) throws IOException, InterruptedException {
        try (HttpClient client = TestHttpClient.open()) {
            return client.send(
                    HttpRequest.newBuilder(URI.create(server.address() + path)).build(),
                    HttpResponse.BodyHandlers.ofString());
        }
    }

    private static JsonNode status(WatchServer server) throws IOException, InterruptedException {
        HttpResponse<String> response = get(server, "/status");
        assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
        return Json.parse(response.body());
    }

    private static List<String> stages(JsonNode status) {
        return StreamSupport.stream(status.get("stages").spliterator(), false)
                .map(stage -> stage.get("name").asText() + " "
                        + stage.get("state").asText() + " " + stage.get("done").asInt() + "/"
                        + stage.get("total").asInt())
                .toList();
    }

    private void stage(String name) {
        Loop.stage(name, small.to("run"), null, WorkShard.WHOLE, SmallRun.surroundings());
    }

    @Test
    void aRunIsFollowedFromBeforeItsBeginToItsEnd() throws Exception {
        try (WatchServer server = new WatchServer(run, 0)) {
            JsonNode before = status(server);
            assertThat(before.get("stages")).isEmpty();
            assertThat(before.get("finished").asBoolean()).isFalse();

            stage("sample");
            Path sampled = run.sampled();
            Path partial = sampled.resolveSibling("paths.jsonl.partial");
            List<String> lines = Files.readAllLines(sampled);
            Files.delete(sampled);
            Files.writeString(partial, String.join("\n", lines.subList(0, 4)) + "\n{\"problem_id\":\"tr");
            JsonNode halfway = status(server);
            assertThat(stages(halfway))
                    .startsWith("sample running 4/15", "correct waiting 0/" + wrong(lines.subList(0, 4)));
            assertThat(halfway.get("paths")).hasSize(4);
            JsonNode newest = halfway.get("paths").get(0);
            assertThat(newest.get("question").asText()).startsWith("Ann has ");
            assertThat(newest.get("sample").asInt()).isZero();
            assertThat(halfway.get("idle_seconds").asLong()).isNotNegative();

            Files.writeString(partial, String.join("\n", lines) + "\n");
            Files.move(partial, sampled);
            for (String name : List.of("correct", "filter", "train-arms", "eval", "report")) {
                stage(name);
            }
            JsonNode after = status(server);
            int mistakes = wrong(lines);
            assertThat(stages(after))
                    .containsExactly(
                            "sample done 15/15",
                            "correct done " + mistakes + "/" + mistakes,
                            "filter done 0/0",
                            "train cot done 4/4",
                            "train lema done 4/4",
                            "eval base done 6/6",
                            "eval cot done 6/6",
                            "eval lema done 6/6");
            assertThat(after.get("finished").asBoolean()).isTrue();
            assertThat(after.get("trainings").get(1).get("loss")).hasSize(4);
            assertThat(after.get("trainings").get(1).get("loss").get(3).get(0).asInt())
                    .isEqualTo(4);
            assertThat(after.get("corrections")).hasSize(Math.min(6, mistakes));
        }
    }

    private static int wrong(List<String> paths) {
        return (int) paths.stream()
                .filter(line -> line.endsWith("\"correct\":false}"))
                .count();
    }

    @Test
    void theChoiceAmongAnArmsCheckpointsIsALine() throws Exception {
        Loop.all(small.to("run", "choose={problems: 3}"), SmallRun.surroundings());
        try (WatchServer server = new WatchServer(run, 0)) {
            assertThat(stages(status(server))).contains("choose cot done 6/6", "choose lema done 6/6");
        }
    }

    @Test
    void thePageIsCompleteInItselfAndNothingElseIsThere() throws Exception {
        try (WatchServer server = new WatchServer(run, 0)) {
            HttpResponse<String> page = get(server, "/");
            assertThat(page.statusCode()).isEqualTo(200);
            assertThat(page.body()).contains("<title>Errata · run</title>", "fetch(\"status\")");
            assertThat(page.body()).doesNotContain("/*style*/", "/*script*/", "src=", "https://");
            assertThat(page.headers().firstValue("Content-Security-Policy"))
                    .hasValueSatisfying(
                            policy -> assertThat(policy).contains("default-src 'none'", "connect-src 'self'"));
            assertThat(get(server, "/config.yaml").statusCode()).isEqualTo(404);
        }
    }
}
