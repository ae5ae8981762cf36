package dev.errata.bench.recovery;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.record.Problem;
import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/** An OpenAI-compatible endpoint that corrects any path of the inputs' problems; on its moody path it often does something else first. */
final class ScriptedEndpoint implements AutoCloseable {
    private static final String GOOD = "/good/v1";
    private static final String MOODY = "/moody/v1";

    private final List<Problem> problems;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Random moods = new Random(7);

    ScriptedEndpoint(List<Problem> problems) {
        this.problems = problems;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new RunFailedException("no server can be opened", "127.0.0.1", "free a port", e);
        }
        server.setExecutor(threads);
        server.createContext(GOOD, this::answer);
        server.createContext(MOODY, this::answerOrNot);
        server.start();
    }

    String url(Scenario.Asks asks) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + (asks == Scenario.Asks.ENDPOINT ? GOOD : MOODY);
    }

    private void answerOrNot(HttpExchange exchange) throws IOException {
        int mood;
        synchronized (moods) {
            mood = moods.nextInt(12);
        }
        switch (mood) {
            case 0 -> send(exchange, 429, "{\"error\": {\"message\": \"slow down\"}}");
            case 1 -> send(exchange, 503, "busy");
            case 2 -> send(exchange, 200, "{\"choices\": [{\"mess");
            case 3 ->
                send(exchange, 200, "{\"choices\": [{\"message\": {\"content\": \"\"}, \"finish_reason\": \"stop\"}]}");
            case 4 -> exchange.close(); // without a word
            default -> answer(exchange);
        }
    }

    private void answer(HttpExchange exchange) throws IOException {
        String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
        String text = problems.stream()
                .filter(problem -> body.contains(Json.line(problem.question()).replaceAll("^\"|\"$", "")))
                .findFirst()
                .map(Inputs::correction)
                .orElse("I don't know this one.");
        send(
                exchange,
                200,
                Json.line(Map.of(
                        "choices",
                        List.of(Map.of("message", Map.of("content", text), "finish_reason", "stop")),
                        "usage",
                        Map.of("total_tokens", 10))));
    }

    private static void send(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        if (status == 429) {
            exchange.getResponseHeaders().set("Retry-After", "0");
        }
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
        exchange.close();
    }

    @Override
    public void close() {
        server.stop(0);
        threads.shutdownNow();
    }
}
