package dev.errata.pipeline.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.model.decoder.Precision;
import dev.errata.model.generate.EngineLimits;
import dev.errata.model.generate.GenerationEngine;
import dev.errata.model.text.ModelText;
import dev.errata.pipeline.data.Json;
import dev.errata.pipeline.engine.Hardware;
import dev.errata.pipeline.engine.OpenModel;
import dev.errata.pipeline.serve.http.HttpLimits;
import dev.errata.tensor.sampling.SamplerSettings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The real server in this process, over the embedded model, and a client of it. */
final class RunningServer implements AutoCloseable {
    static final Path MODEL = Path.of("../configs/demo/errata-2m");
    static final String NAME = "errata-2m";
    /** Refuses a role; writes turns as lines. */
    static final String TEMPLATE =
            "{% for m in messages %}{% if m.role == 'critic' %}{{ raise_exception('no critics here') }}"
                    + "{% endif %}{{ m.role }}: {{ m.content }}\n{% endfor %}{% if add_generation_prompt %}assistant:{% endif %}";

    private final OpenModel model;
    private final GenerationEngine engine;
    private final InferenceServer server;
    private final HttpClient client = TestHttpClient.open();

    RunningServer(Path folder, String key, ServerLimits limits, HttpLimits httpLimits) {
        this(folder, Map.of(), key, limits, httpLimits);
    }

    private RunningServer(
            Path folder, Map<String, Path> adapters, String key, ServerLimits limits, HttpLimits httpLimits) {
        model = OpenModel.open(folder, null, Precision.F32, null, new Hardware(2, null));
        adapters.forEach(model::attach);
        engine = new GenerationEngine(model.decoder(), EngineLimits.of(limits.slots()));
        server = new InferenceServer(
                engine,
                ModelText.open(folder, List.of()),
                NAME,
                List.copyOf(adapters.keySet()),
                new RequestDefaults(SamplerSettings.OFF, null),
                new InferenceServer.Place(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), key, false),
                limits,
                httpLimits);
    }

    static RunningServer of(Path folder) {
        return new RunningServer(folder, null, new ServerLimits(8, 256, 60), new HttpLimits(1 << 20, 20, 256));
    }

    /** The embedded model with adapters by their names. */
    static RunningServer with(Map<String, Path> adapters) {
        return new RunningServer(MODEL, adapters, null, new ServerLimits(8, 256, 60), new HttpLimits(1 << 20, 20, 256));
    }

    /** A copy of the embedded model with a chat template. */
    static Path withTemplate(Path parent) {
        Path copy = parent.resolve("chat-model");
        try (Stream<Path> files = Files.list(MODEL)) {
            Files.createDirectories(copy);
            for (Path file : files.toList()) {
                Files.copy(file, copy.resolve(file.getFileName()));
            }
            Files.writeString(copy.resolve("chat_template.jinja"), TEMPLATE);
            return copy;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Waits until nobody is at work any more, half a minute at most; what was taken is then given back. */
    void awaitIdle() throws InterruptedException {
        for (int i = 0; i < 600 && (server.sequences() > 0 || engine().status().heldBlocks() > 0); i++) {
            Thread.sleep(50);
        }
        assertThat(server.sequences()).isZero();
        assertThat(engine().status().heldBlocks()).isZero();
        assertThat(engine().status().running()).isZero();
        assertThat(engine().status().waiting()).isZero();
    }

    InferenceServer server() {
        return server;
    }

    GenerationEngine engine() {
        return engine;
    }

    /** An answer: its status, its headers, its body as it came. */
    record Answer(HttpResponse<String> response) {
        int status() {
            return response.statusCode();
        }

        String body() {
            return response.body();
        }

        JsonNode json() {
            return parsed(body());
        }

        JsonNode error() {
            return json().path("error");
        }

        /** The first choice. */
        JsonNode choice() {
            return json().path("choices").path(0);
        }

        /** The text of the first choice, of either endpoint. */
        String text() {
            return choice().has("text")
                    ? choice().get("text").textValue()
                    : choice().path("message").path("content").textValue();
        }

        /** The events of a stream but the last, which says that it is done. */
        List<JsonNode> events() {
            List<JsonNode> events = new ArrayList<>();
            List<String> lines = body().lines().filter(line -> !line.isEmpty()).toList();
            for (String line : lines.subList(0, lines.size() - 1)) {
                events.add(parsed(line.substring("data: ".length())));
            }
            if (!lines.getLast().equals("data: [DONE]")) {
                throw new AssertionError("the stream ends with " + lines.getLast());
            }
            return events;
        }
    }

    private static JsonNode parsed(String text) {
        try {
            return Json.parse(text);
        } catch (JsonProcessingException e) {
            throw new AssertionError("not JSON: " + text, e);
        }
    }

    HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.port() + path))
                .timeout(Duration.ofSeconds(60));
    }

    HttpRequest.Builder posting(String path, String body) {
        return request(path).header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body));
    }

    Answer send(HttpRequest.Builder request) {
        try {
            return new Answer(client.send(request.build(), HttpResponse.BodyHandlers.ofString()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    Answer get(String path) {
        return send(request(path));
    }

    /** Posts JSON, in which quotes may be written as apostrophes. */
    Answer post(String path, String body) {
        return send(posting(path, body.replace('\'', '"')));
    }

    Answer complete(String body) {
        return post("/v1/completions", body);
    }

    Answer chat(String body) {
        return post("/v1/chat/completions", body);
    }

    @Override
    public void close() {
        client.close();
        server.close();
        engine.close();
        model.close();
    }
}
