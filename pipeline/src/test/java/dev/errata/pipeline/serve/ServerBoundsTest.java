package dev.errata.pipeline.serve;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.pipeline.serve.RunningServer.Answer;
import dev.errata.pipeline.serve.http.HttpLimits;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the server refuses, how it says so, and that nothing is held by those who went away. */
@Timeout(120)
class ServerBoundsTest {
    private static final HttpLimits HTTP = new HttpLimits(4096, 2, 64);
    private static final String LONG = "{'prompt': 'Tom has 3 apples.', 'max_tokens': 1900, 'temperature': 1.5}";
    /** The model repeats itself to the last token of it. */
    private static final String ENDLESS =
            "{'prompt': 'Question: Paul buys 10 flowers', 'max_tokens': 1900, 'temperature': 0}";

    private static RunningServer server(String key, int slots, int queue, int seconds) {
        return new RunningServer(RunningServer.MODEL, key, new ServerLimits(slots, queue, seconds), HTTP);
    }

    /** Sends bytes as they are and reads until the server closes the connection. */
    private static String raw(RunningServer server, String request) throws IOException {
        try (Socket socket =
                new Socket(InetAddress.getLoopbackAddress(), server.server().port())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
            InputStream in = socket.getInputStream();
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    /** A request as it goes over the wire. */
    private static String posted(long length, String body) {
        List<String> lines = List.of(
                "POST /v1/completions HTTP/1.1",
                "Host: localhost",
                "Content-Type: application/json",
                "Content-Length: " + length,
                "",
                body.replace('\'', '"'));
        return String.join("\r\n", lines);
    }

    /** A connection on which this was sent. */
    private static Socket sending(RunningServer server, Socket socket, String body) throws IOException {
        socket.connect(new InetSocketAddress(
                InetAddress.getLoopbackAddress(), server.server().port()));
        socket.getOutputStream().write(posted(body.length(), body).getBytes(StandardCharsets.UTF_8));
        return socket;
    }

    @Test
    void whatIsNotThereHasItsStatus() throws IOException {
        try (RunningServer server = server(null, 2, 8, 30)) {
            assertThat(server.get("/v2/completions").status()).isEqualTo(404);
            Answer method = server.get("/v1/completions");
            assertThat(method.status()).isEqualTo(405);
            assertThat(method.response().headers().firstValue("Allow")).contains("POST");
            assertThat(server.post("/", "{}").status()).isEqualTo(405);
            Answer form = server.send(server.request("/v1/completions")
                    .header("Content-Type", "application/x-www-form-urlencoded")
                    .POST(HttpRequest.BodyPublishers.ofString("{}")));
            assertThat(form.status()).isEqualTo(415);
            Answer unknown = server.complete("{'model': 'gpt-4', 'prompt': 'a'}");
            assertThat(unknown.status()).isEqualTo(404);
            assertThat(unknown.error().get("code").textValue()).isEqualTo("model_not_found");
            Answer chat = server.chat("{'messages': [{'role': 'user', 'content': 'a'}]}");
            assertThat(chat.status()).isEqualTo(400);
            assertThat(chat.error().get("message").textValue()).contains("no chat template");
            for (String body :
                    List.of("", "{", "[]", "{\"a\": 1, \"a\": 2}", "\"text\"", "{} {}", "{'prompt': \u0000}")) {
                Answer broken = server.post("/v1/completions", body);
                assertThat(broken.status()).as(body).isEqualTo(400);
                assertThat(broken.error().get("code").textValue()).isEqualTo("invalid_json");
            }
            String deep = "[".repeat(1900);
            assertThat(server.complete("{'prompt': " + deep).status()).isEqualTo(400);
            assertThat(raw(server, "GARBAGE\r\n\r\n"))
                    .startsWith("HTTP/1.1 400")
                    .contains("\"error\"");
            assertThat(raw(server, "GET / HTTP/1.1\r\nHost: " + "x".repeat(20_000) + "\r\n\r\n"))
                    .startsWith("HTTP/1.1 400");
        }
    }

    @Test
    void bodiesHaveABound() throws IOException {
        try (RunningServer server = server(null, 2, 8, 30)) {
            String large = "{'prompt': '" + "a".repeat(5000) + "'}";
            Answer answer = server.complete(large);
            assertThat(answer.status()).isEqualTo(413);
            assertThat(answer.error().get("message").textValue()).contains("4096");
            Answer chunked = server.send(server.request("/v1/completions")
                    .header("Content-Type", "application/json")
                    .POST(HttpRequest.BodyPublishers.fromPublisher(HttpRequest.BodyPublishers.ofString(large))));
            assertThat(chunked.status()).isEqualTo(413);
            assertThat(raw(server, posted(99_999_999_999L, ""))).startsWith("HTTP/1.1 413");
            assertThat(raw(server, posted(100, "{"))).startsWith("HTTP/1.1 408");
        }
    }

    @Test
    void withAKeyNobodyElseIsAnswered() {
        try (RunningServer server = server("secret", 2, 8, 30)) {
            assertThat(server.get("/health").status()).isEqualTo(200);
            assertThat(server.get("/").status()).isEqualTo(200);
            for (String path : List.of("/v1/models", "/metrics")) {
                Answer answer = server.get(path);
                assertThat(answer.status()).isEqualTo(401);
                assertThat(answer.error().get("code").textValue()).isEqualTo("invalid_api_key");
                assertThat(server.send(server.request(path).header("Authorization", "Bearer wrong"))
                                .status())
                        .isEqualTo(401);
                assertThat(server.send(server.request(path).header("Authorization", "Bearer secret"))
                                .status())
                        .isEqualTo(200);
            }
            assertThat(server.complete("{'prompt': 'a'}").status()).isEqualTo(401);
        }
    }

    @Test
    void aPageOfAnotherSiteIsNotAnswered() throws IOException {
        try (RunningServer server = server(null, 2, 8, 30)) {
            String request = "GET /v1/models HTTP/1.1\r\nConnection: close\r\nHost: ";
            assertThat(raw(server, request + "evil.example:80\r\n\r\n")).startsWith("HTTP/1.1 403");
            for (String own : List.of("localhost:1", "127.0.0.1", "[::1]:8080")) {
                assertThat(raw(server, request + own + "\r\n\r\n")).startsWith("HTTP/1.1 200");
            }
        }
    }

    @Test
    void aFullQueueIsSaidAtOnce() throws Exception {
        try (RunningServer server = server(null, 1, 2, 60);
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Answer>> answers = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                answers.add(CompletableFuture.supplyAsync(
                        () -> server.complete("{'prompt': 'Tom has 3 apples.', 'max_tokens': 1500, 'stop': '~'}"),
                        clients));
            }
            while (server.server().sequences() < 3 && answers.stream().noneMatch(CompletableFuture::isDone)) {
                Thread.sleep(5);
            }
            Answer refused = server.complete("{'prompt': 'a', 'max_tokens': 1}");
            assertThat(refused.status()).isEqualTo(429);
            assertThat(refused.response().headers().firstValue("Retry-After").orElseThrow())
                    .matches("[0-9]+");
            for (CompletableFuture<Answer> each : answers) {
                assertThat(each.get().status()).isEqualTo(200);
            }
            assertThat(server.complete("{'prompt': 'a', 'max_tokens': 1}").status())
                    .isEqualTo(200);
        }
    }

    @Test
    void aRequestHasItsTime() throws Exception {
        try (RunningServer server = server(null, 1, 8, 1);
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Answer>> answers = new ArrayList<>();
            for (int i = 0; i < 9; i++) {
                answers.add(CompletableFuture.supplyAsync(() -> server.complete(ENDLESS), clients));
            }
            assertThat(answers.stream().map(each -> each.join().status())).contains(504);
            server.awaitIdle();
        }
    }

    @Test
    void whoGoesAwayHoldsNothing() throws Exception {
        try (RunningServer server = server(null, 8, 256, 60)) {
            server.complete("{'prompt': 'a', 'max_tokens': 1}");
            List<Socket> sockets = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                String body = i % 2 == 0 ? LONG.replace("}", ", 'stream': true}") : LONG;
                sockets.add(sending(server, new Socket(), body));
            }
            // Some may have ended by themselves.
            while (server.server().sequences() < 12) {
                Thread.sleep(1);
            }
            for (Socket socket : sockets) {
                if (sockets.indexOf(socket) % 3 == 0) {
                    socket.setSoLinger(true, 0); // a reset
                }
                socket.close();
            }
            server.awaitIdle();
            assertThat(server.complete("{'prompt': 'a', 'max_tokens': 1}").status())
                    .isEqualTo(200);
            assertThat(server.get("/metrics").body())
                    .contains("errata_http_requests_total{path=\"/v1/completions\",status=\"499\"}");
        }
    }

    @Test
    void whoReadsNothingIsEndedAfterItsTime() throws Exception {
        try (RunningServer server = server(null, 4, 256, 3)) {
            try (Socket socket = new Socket()) {
                socket.setReceiveBufferSize(1024);
                sending(
                        server,
                        socket,
                        "{'prompt': 'Tom', 'max_tokens': 2000, 'n': 4, 'temperature': 2, 'stream': true, 'logprobs': 20}");
                Thread.sleep(200);
                server.awaitIdle();
            }
        }
    }

    @Test
    void whatIsInHandIsAnsweredBeforeTheEnd() throws Exception {
        try (RunningServer server = server(null, 2, 64, 60)) {
            List<CompletableFuture<Answer>> answers = new ArrayList<>();
            for (int i = 0; i < 4; i++) {
                int seed = i;
                answers.add(CompletableFuture.supplyAsync(() -> server.complete(
                        "{'prompt': 'Tom has 3 apples.', 'max_tokens': 200, 'stop': '~', 'stream': true, 'seed': "
                                + seed + "}")));
            }
            while (server.server().sequences() < 4) {
                Thread.sleep(1);
            }
            server.server().drain();
            for (CompletableFuture<Answer> each : answers) {
                assertThat(each.get(30, TimeUnit.SECONDS).events()).isNotEmpty();
            }
            assertThat(server.server().sequences()).isZero();
        }
    }
}
