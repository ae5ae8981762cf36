package dev.errata.bench.recovery;

import com.fasterxml.jackson.databind.JsonNode;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.record.Problem;
import dev.errata.tensor.RunFailedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * An OpenAI-compatible endpoint that corrects, solves and varies the inputs' problems, each text told by the request alone; on its
 * moody path it often does something else first.
 */
final class ScriptedEndpoint implements AutoCloseable {
    private static final String GOOD = "/good/v1";
    private static final String MOODY = "/moody/v1";
    /** So often is a request on the moody path refused at most before it is answered, which is less than runs try. */
    private static final int MOST_MOODS = 4;

    private final List<Problem> problems;
    private final HttpServer server;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Random moods = new Random(7);
    /** How often each body was refused since it was answered. */
    private final Map<String, Integer> refused = new HashMap<>();

    ScriptedEndpoint(List<Problem> problems) {
        this.problems = problems;
        try {
            server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        } catch (IOException e) {
            throw new RunFailedException("no server can be opened", "127.0.0.1", "free a port", e);
        }
        server.setExecutor(threads);
        server.createContext(GOOD, exchange -> answer(exchange, body(exchange)));
        server.createContext(MOODY, this::answerOrNot);
        server.start();
    }

    String url(Scenario.Asks asks) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + (asks == Scenario.Asks.ENDPOINT ? GOOD : MOODY);
    }

    private void answerOrNot(HttpExchange exchange) throws IOException {
        String body = body(exchange);
        switch (mood(body)) {
            case 0 -> send(exchange, 429, "{\"error\": {\"message\": \"slow down\"}}");
            case 1 -> send(exchange, 503, "busy");
            case 2 -> send(exchange, 200, "{\"choices\": [{\"mess");
            case 3 ->
                send(exchange, 200, "{\"choices\": [{\"message\": {\"content\": \"\"}, \"finish_reason\": \"stop\"}]}");
            case 4 -> exchange.close(); // without a word
            default -> answer(exchange, body);
        }
    }

    private synchronized int mood(String body) {
        int mood = moods.nextInt(12);
        if (mood > 4 || refused.merge(body, 1, Integer::sum) > MOST_MOODS) {
            refused.remove(body);
            return Integer.MAX_VALUE;
        }
        return mood;
    }

    private void answer(HttpExchange exchange, String body) throws IOException {
        JsonNode request = Json.parse(body);
        String prompt = request.path("messages").path(0).path("content").asText();
        long seed = request.path("seed").asLong();
        String text = problems.stream()
                .filter(problem -> prompt.contains(problem.question()))
                .findFirst()
                .map(problem -> text(prompt, problem, seed))
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

    private static String text(String prompt, Problem problem, long seed) {
        if (prompt.contains("#Created Question#:")) {
            return "In place " + seed + ": " + problem.question();
        }
        return prompt.endsWith("Incorrect Step:") ? Inputs.correction(problem) : solution(problem, seed);
    }

    /** Texts of even seeds are the problem's own solution; others begin in another way, and every fifth is wrong. */
    private static String solution(Problem problem, long seed) {
        String begin = seed % 2 == 0 ? "" : "First, 1 + " + seed + " = " + (1 + seed) + ".\n";
        String answer = seed % 5 == 4 ? "-1" : problem.answer();
        return begin + problem.rationale() + "\nThe answer is " + answer + ".";
    }

    private static String body(HttpExchange exchange) throws IOException {
        return new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
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
