package dev.errata.pipeline.correct.openai;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.errata.pipeline.data.Json;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicInteger;

/** An endpoint on this machine that answers each prompt by a script of faults, then rightly. */
final class FaultyEndpoint implements AutoCloseable {
    /** What the endpoint may do with a request. */
    enum Act {
        ANSWER,
        TOO_MANY,
        BROKEN,
        STALL,
        STALL_IN_BODY,
        GARBAGE,
        NO_CHOICES,
        EMPTY,
        HUGE,
        HUGE_CHUNKED,
        HANG_UP,
        BAD_REQUEST,
        REFUSE
    }

    /** One request that came: its prompt, its Authorization header, when it came (nanoseconds). */
    record Seen(String prompt, String authorization, String path, long at) {}

    private final HttpServer server;
    private final Map<String, List<Act>> scripts = new HashMap<>();
    private final List<Seen> seen = new ArrayList<>();
    private final AtomicInteger inside = new AtomicInteger();
    private int mostInside;
    private volatile boolean over;

    FaultyEndpoint() throws IOException {
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", this::handle);
        server.start();
    }

    String url() {
        return "http://127.0.0.1:" + server.getAddress().getPort() + "/v1";
    }

    /** The acts for prompts that hold this word, one a request; after them it answers. */
    synchronized void script(String word, Act... acts) {
        scripts.put(word, new ArrayList<>(List.of(acts)));
    }

    synchronized List<Seen> seen() {
        return List.copyOf(seen);
    }

    synchronized List<Seen> seen(String word) {
        return seen.stream().filter(each -> each.prompt().contains(word)).toList();
    }

    synchronized int mostInside() {
        return mostInside;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            String prompt =
                    Json.parse(body).path("messages").path(0).path("content").asText();
            Act act = begin(exchange, prompt);
            try {
                act(act, exchange, prompt);
            } finally {
                inside.decrementAndGet();
            }
        }
    }

    private synchronized Act begin(HttpExchange exchange, String prompt) {
        mostInside = Math.max(mostInside, inside.incrementAndGet());
        String key = exchange.getRequestHeaders().getFirst("Authorization");
        seen.add(new Seen(prompt, key, exchange.getRequestURI().getPath(), System.nanoTime()));
        for (Map.Entry<String, List<Act>> script : scripts.entrySet()) {
            if (prompt.contains(script.getKey()) && !script.getValue().isEmpty()) {
                return script.getValue().removeFirst();
            }
        }
        return Act.ANSWER;
    }

    private void act(Act act, HttpExchange exchange, String prompt) throws IOException {
        switch (act) {
            case ANSWER -> reply(exchange, 200, answer("said about " + prompt));
            case TOO_MANY -> {
                exchange.getResponseHeaders().set("Retry-After", "1");
                reply(exchange, 429, "{}");
            }
            case BROKEN -> reply(exchange, 500, "oh no");
            case STALL -> stall();
            case STALL_IN_BODY -> {
                exchange.sendResponseHeaders(200, 1000);
                exchange.getResponseBody().write('{');
                exchange.getResponseBody().flush();
                stall();
            }
            case GARBAGE -> reply(exchange, 200, "<html>hello</html>");
            case NO_CHOICES -> reply(exchange, 200, "{\"choices\":[]}");
            case EMPTY -> reply(exchange, 200, answer(""));
            case HUGE -> huge(exchange, Endpoint.LARGEST_BODY * 3L);
            case HUGE_CHUNKED -> huge(exchange, 0);
            case HANG_UP -> {}
            case BAD_REQUEST -> reply(exchange, 400, "no such model, key was sk-secret");
            case REFUSE -> reply(exchange, 401, "who are you");
        }
    }

    private static String answer(String text) {
        return Json.line(Map.of(
                "choices", List.of(Map.of("message", Map.of("content", text))), "usage", Map.of("total_tokens", 10)));
    }

    private static void huge(HttpExchange exchange, long told) throws IOException {
        exchange.sendResponseHeaders(200, told);
        byte[] block = new byte[1 << 16];
        try (OutputStream out = exchange.getResponseBody()) {
            for (long sent = 0; sent < Endpoint.LARGEST_BODY * 3L; sent += block.length) {
                out.write(block);
            }
        }
    }

    private void stall() {
        for (int i = 0; i < 600 && !over; i++) {
            try {
                Thread.sleep(20);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private static void reply(HttpExchange exchange, int status, String body) throws IOException {
        byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
        exchange.sendResponseHeaders(status, bytes.length);
        exchange.getResponseBody().write(bytes);
    }

    @Override
    public void close() {
        over = true;
        server.stop(0);
    }
}
