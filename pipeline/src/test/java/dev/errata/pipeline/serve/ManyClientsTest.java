package dev.errata.pipeline.serve;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.pipeline.serve.RunningServer.Answer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** 64 clients at once: nobody's answer is lost or another's. */
@Timeout(300)
class ManyClientsTest {
    private static final int CLIENTS = 64;

    private static String body(int client, boolean stream) {
        List<String> prompts = List.of("Tom has 3 apples.", "Amy has 5 pens. She", "A shop sells", "Tom has 3 pens.");
        return "{'prompt': '%s', 'max_tokens': %d, 'temperature': %s, 'seed': %d, 'stream': %b, 'stop': ['%s']}"
                .formatted(
                        prompts.get(client % prompts.size()),
                        8 + client % 40,
                        client % 5 == 0 ? "0" : "0.9",
                        client,
                        stream,
                        client % 3 == 0 ? "." : "~");
    }

    private static String text(Answer answer, boolean stream) {
        assertThat(answer.status()).isEqualTo(200);
        if (!stream) {
            return answer.text();
        }
        StringBuilder text = new StringBuilder();
        for (JsonNode event : answer.events()) {
            text.append(event.at("/choices/0/text").textValue());
        }
        return text.toString();
    }

    @Test
    void eachGetsWhatItGetsAlone() throws Exception {
        try (RunningServer server = RunningServer.of(RunningServer.MODEL);
                ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<String> alone = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                alone.add(text(server.complete(body(client, false)), false));
            }
            List<Future<String>> together = new ArrayList<>();
            for (int client = 0; client < CLIENTS; client++) {
                boolean stream = client % 2 == 0;
                String body = body(client, stream);
                together.add(clients.submit(() -> text(server.complete(body), stream)));
            }
            for (int client = 0; client < CLIENTS; client++) {
                assertThat(together.get(client).get()).as("client " + client).isEqualTo(alone.get(client));
            }
            server.awaitIdle();
        }
    }
}
