package dev.errata.pipeline.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.pipeline.serve.TestHttpClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code serve} as a process, and what it refuses to begin with. */
@Timeout(120)
class ServeCommandTest {
    private static final Path MODEL = Path.of("../configs/demo/errata-2m");

    @TempDir
    private Path folder;

    private Process start() throws IOException {
        return new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--add-modules=jdk.incubator.vector",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Main.class.getName(),
                        "serve",
                        "--model",
                        MODEL.toString(),
                        "--port",
                        "0")
                .redirectError(folder.resolve("stderr").toFile())
                .start();
    }

    @Test
    void aSignalLetsRunningRequestsEnd() throws Exception {
        Process process = start();
        try (HttpClient client = TestHttpClient.open();
                BufferedReader out =
                        new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            assertThat(line).startsWith("listening on http://127.0.0.1:");
            String address = line.substring("listening on ".length());
            HttpRequest request = HttpRequest.newBuilder(URI.create(address + "/v1/completions"))
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.ofString(
                            "{\"prompt\": \"Tom has\", \"max_tokens\": 1500, \"temperature\": 3, \"stream\": true}"))
                    .build();
            CompletableFuture<HttpResponse<String>> answer =
                    client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
            HttpRequest metrics =
                    HttpRequest.newBuilder(URI.create(address + "/metrics")).build();
            while (!answer.isDone()
                    && client.send(metrics, HttpResponse.BodyHandlers.ofString())
                            .body()
                            .contains("errata_sequences_in_hand 0")) {
                Thread.sleep(2);
            }
            process.destroy();
            assertThat(answer.get(60, TimeUnit.SECONDS).body()).endsWith("data: [DONE]\n\n");
            assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
            assertThat(process.exitValue()).isEqualTo(143);
            assertThat(Files.readString(folder.resolve("stderr")))
                    .doesNotContain("errata:")
                    .doesNotContain("netty")
                    .doesNotContain("Unsafe");
        } finally {
            process.destroyForcibly();
        }
    }

    @Test
    void whatCantBeServedIsRefused() {
        Program.run("serve", "--model", MODEL, "--host", "0.0.0.0").refused("without a key", "--without-key");
        Program.run("serve", "--model", MODEL, "--api-key-env", "ERRATA_NO_SUCH_KEY")
                .refused("ERRATA_NO_SUCH_KEY");
        Program.run("serve", "--model", MODEL, "--host", "no.such.host.invalid").refused("--host");
        Program.run("serve", "--model", MODEL, "--port", "70000").refused("--port");
        Program.run("serve", "--model", MODEL, "--slots", "0").refused("--slots");
        Program.run("serve", "--model", MODEL, "--max-body", "many").refused("--max-body");
        Program.run("serve", "--model", MODEL, "--min-p", "2").refused("--min-p");
        Program.run("serve", "--model", MODEL, "--greedy", "--temperature", "1").refused("--temperature");
        Program.run("serve", "--model", MODEL, "--kv-memory", "100000GB").refused("kv_memory", "beside the weights");
        Program.run("serve", "--model", Path.of("no-such-model")).refused("no-such-model");
    }
}
