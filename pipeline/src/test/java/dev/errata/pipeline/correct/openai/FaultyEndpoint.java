package dev.errata.pipeline.correct.openai;

import com.fasterxml.jackson.databind.JsonNode;
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
import java.util.NavigableSet;
import java.util.TreeSet;
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
        UNKNOWN_MODEL,
        NOT_FOUND,
        QUOTA,
        PAYMENT,
        TEMPERATURE,
        FILTER_STATUS,
        FILTER_FINISH,
        REFUSAL,
        CUT_OFF,
        ONLY_REASONING,
        ERROR_200,
        OTHER_LIMIT,
        MOVED,
        MOVED_AWAY,
        REFUSE
    }

    /** One request that came: its prompt, its Authorization header, the names in its body, when it came (nanoseconds). */
    record Seen(String prompt, String authorization, String path, String fields, long at) {}

    private final HttpServer server;
    private final Map<String, List<Act>> scripts = new HashMap<>();
    private final List<Seen> seen = new ArrayList<>();
    private final AtomicInteger inside = new AtomicInteger();
    private int mostInside;
    private volatile String elsewhere;
    private volatile int lookStatus = 404;
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

    /** Where {@link Act#MOVED_AWAY} leads. */
    void leadTo(String url) {
        elsewhere = url;
    }

    /** From here on the list of models is refused. */
    void refuseLooks() {
        lookStatus = 401;
    }

    private void handle(HttpExchange exchange) throws IOException {
        try (exchange) {
            if (exchange.getRequestMethod().equals("GET")) {
                reply(exchange, lookStatus, "{}");
                return;
            }
            String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
            JsonNode tree = Json.parse(body);
            String prompt = tree.path("messages").path(0).path("content").asText();
            NavigableSet<String> names = new TreeSet<>();
            tree.fieldNames().forEachRemaining(names::add);
            Act act = begin(exchange, prompt, String.join(" ", names));
            try {
                act(act, exchange, prompt);
            } finally {
                inside.decrementAndGet();
            }
        }
    }

    private synchronized Act begin(HttpExchange exchange, String prompt, String fields) {
        mostInside = Math.max(mostInside, inside.incrementAndGet());
        String key = exchange.getRequestHeaders().getFirst("Authorization");
        seen.add(new Seen(prompt, key, exchange.getRequestURI().getPath(), fields, System.nanoTime()));
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
            case BAD_REQUEST -> reply(exchange, 400, "words of BAD_REQUEST, key was sk-secret");
            case UNKNOWN_MODEL -> reply(exchange, 400, error(act, "message", "no such model, key was sk-secret"));
            case NOT_FOUND -> reply(exchange, 404, error(act));
            case QUOTA -> reply(exchange, 429, error(act, "code", "insufficient_quota"));
            case PAYMENT -> reply(exchange, 402, error(act));
            case TEMPERATURE -> reply(exchange, 400, error(act, "code", "unsupported_value", "param", "temperature"));
            case FILTER_STATUS -> reply(exchange, 400, error(act, "code", "content_filter"));
            case FILTER_FINISH -> reply(exchange, 200, choice("content_filter", Map.of("content", "said")));
            case REFUSAL -> reply(exchange, 200, choice("stop", Map.of("refusal", "I won't.")));
            case CUT_OFF -> reply(exchange, 200, choice("length", Map.of("content", "said")));
            case ONLY_REASONING ->
                reply(exchange, 200, choice("length", Map.of("content", "", "reasoning_content", "Let me see")));
            case ERROR_200 -> reply(exchange, 200, error(act, "code", "502"));
            case OTHER_LIMIT ->
                reply(exchange, 400, error(act, "code", "unsupported_parameter", "param", "max_tokens"));
            case MOVED -> {
                exchange.getResponseHeaders().set("Location", "/moved/chat/completions");
                reply(exchange, 308, "{}");
            }
            case MOVED_AWAY -> {
                exchange.getResponseHeaders().set("Location", elsewhere + "/chat/completions");
                reply(exchange, 307, "{}");
            }
            case REFUSE -> reply(exchange, 401, error(act));
        }
    }

    private static String error(Act act, String... more) {
        Map<String, String> error = new HashMap<>(Map.of("message", ""));
        for (int i = 0; i < more.length; i += 2) {
            error.put(more[i], more[i + 1]);
        }
        error.merge("message", "words of " + act, (said, words) -> words + (said.isEmpty() ? "" : ", " + said));
        return Json.line(Map.of("error", error));
    }

    private static String choice(String finish, Map<String, String> message) {
        return Json.line(Map.of(
                "choices",
                List.of(Map.of("finish_reason", finish, "message", message)),
                "usage",
                Map.of("prompt_tokens", 6, "completion_tokens", 4)));
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
