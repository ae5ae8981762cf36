package dev.errata.pipeline.correct.openai;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.pipeline.config.OpenAiConfig;
import dev.errata.pipeline.correct.openai.FaultyEndpoint.Act;
import dev.errata.pipeline.correct.openai.FaultyEndpoint.Seen;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import dev.errata.train.StopSignal;
import dev.errata.train.StoppedException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class AskingTest {
    private static final String KEY = "sk-secret";

    @TempDir
    private Path cache;

    private FaultyEndpoint server;
    private final StopSignal stop = new StopSignal();

    @BeforeEach
    void start() throws IOException {
        server = new FaultyEndpoint();
    }

    @AfterEach
    void end() {
        server.close();
    }

    private OpenAiConfig config(String url, int concurrency, long totalTokens, int retries) {
        return new OpenAiConfig(url, "m", "A_KEY", 0, 100, concurrency, 0, totalTokens, 1, retries);
    }

    private List<String> ask(OpenAiConfig config, String... prompts) {
        List<String> answers = new ArrayList<>();
        try (Endpoint endpoint = new Endpoint(config, KEY)) {
            List<ChatRequest> requests =
                    Stream.of(prompts).map(each -> ChatRequest.of(config, each)).toList();
            new Asking(config, endpoint, new AnswerCache(cache), stop).all(requests, (index, text) -> {
                assertThat(index).isEqualTo(answers.size());
                answers.add(text);
            });
        }
        return answers;
    }

    @Test
    void triesAgainAfterWhatMayPassAndKeepsTheOrder() {
        server.script("p0", Act.TOO_MANY);
        server.script("p1", Act.BROKEN, Act.GARBAGE);
        server.script("p2", Act.STALL);
        server.script("p3", Act.NO_CHOICES, Act.EMPTY);
        server.script("p4", Act.HUGE);
        server.script("p5", Act.HUGE_CHUNKED);
        server.script("p6", Act.HANG_UP);
        server.script("p7", Act.STALL_IN_BODY);
        String[] prompts = IntStream.range(0, 9).mapToObj(i -> "p" + i).toArray(String[]::new);
        List<String> answers = ask(config(server.url(), 4, 0, 6), prompts);
        assertThat(answers)
                .containsExactlyElementsOf(
                        Stream.of(prompts).map(each -> "said about " + each).toList());
        assertThat(server.seen("p0")).hasSize(2);
        assertThat(server.seen("p1")).hasSize(3);
        assertThat(server.seen("p8")).hasSize(1);
        List<Seen> told = server.seen("p0");
        assertThat(told.get(1).at() - told.get(0).at()).isGreaterThan(950_000_000L);
        assertThat(server.mostInside()).isLessThanOrEqualTo(4);
        assertThat(server.seen()).allMatch(each -> each.authorization().equals("Bearer " + KEY));
        assertThat(server.seen()).allMatch(each -> each.path().equals("/v1/chat/completions"));
    }

    @Test
    void paysForNothingTwiceAndWritesTheKeyNowhere() throws IOException {
        OpenAiConfig config = config(server.url(), 2, 0, 0);
        List<String> first = ask(config, "a", "b");
        assertThat(ask(config, "a", "b", "c"))
                .startsWith(first.toArray(String[]::new))
                .hasSize(3);
        assertThat(server.seen()).hasSize(3);
        try (Stream<Path> files = Files.list(cache)) {
            for (Path file : files.toList()) {
                assertThat(Files.readString(file)).doesNotContain(KEY);
            }
        }
    }

    @Test
    void leavesARecordWhoseTriesAreUsedUpForTheNextRun() {
        server.script("bad", Act.BROKEN, Act.BROKEN);
        OpenAiConfig config = config(server.url(), 1, 0, 1);
        assertThatThrownBy(() -> ask(config, "a", "bad", "c"))
                .isInstanceOf(RunFailedException.class)
                .hasMessageContainingAll("1 of 3 corrections", "127.0.0.1:", "status 500");
        assertThat(ask(config, "a", "bad", "c")).hasSize(3);
        assertThat(server.seen("said")).isEmpty();
        assertThat(server.seen()).hasSize(5);
    }

    @Test
    void stopsAtOnceWhenTheKeyIsRefused() {
        server.script("p", Act.ANSWER, Act.ANSWER, Act.REFUSE, Act.REFUSE, Act.REFUSE, Act.REFUSE);
        String[] prompts = IntStream.range(0, 30).mapToObj(i -> "p" + i).toArray(String[]::new);
        assertThatThrownBy(() -> ask(config(server.url(), 2, 0, 6), prompts))
                .isInstanceOf(RunFailedException.class)
                .hasMessageContaining("refuses the key with status 401");
        assertThat(server.seen().size()).isLessThanOrEqualTo(5);
    }

    @Test
    void doesNotTryARejectedRequestAgainNorRepeatTheKey() {
        server.script("bad", Act.BAD_REQUEST);
        assertThatThrownBy(() -> ask(config(server.url(), 1, 0, 6), "bad"))
                .isInstanceOf(RunFailedException.class)
                .hasMessageContaining("status 400")
                .message()
                .doesNotContain(KEY);
        assertThat(server.seen()).hasSize(1);
    }

    @Test
    void namesAnEndpointThatNobodyListensAtAndGivesUpSoon() throws IOException {
        int port;
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = taken.getLocalPort();
        }
        String[] prompts = IntStream.range(0, 200).mapToObj(i -> "p" + i).toArray(String[]::new);
        long begun = System.nanoTime();
        assertThatThrownBy(() -> ask(config("http://127.0.0.1:" + port + "/v1", 2, 0, 1), prompts))
                .isInstanceOf(RunFailedException.class)
                .hasMessageContaining("127.0.0.1:" + port);
        assertThat((System.nanoTime() - begun) / 1e9).isLessThan(20);
    }

    @Test
    void spendsNoMoreThanItMay() {
        String[] prompts = IntStream.range(0, 30).mapToObj(i -> "p" + i).toArray(String[]::new);
        assertThatThrownBy(() -> ask(config(server.url(), 1, 25, 0), prompts))
                .isInstanceOf(RunFailedException.class)
                .hasMessageContaining("correct.openai.total_tokens");
        assertThat(server.seen()).hasSize(3);
    }

    @Test
    void endsAtASignal() {
        stop.request();
        assertThatThrownBy(() -> ask(config(server.url(), 1, 0, 0), "a")).isInstanceOf(StoppedException.class);
        assertThat(server.seen()).isEmpty();
    }

    @Test
    void needsAKeyInTheEnvironment() {
        OpenAiConfig config = config(server.url(), 1, 0, 0);
        for (String value : new String[] {null, "", " ", "a b", "a\nb"}) {
            assertThatThrownBy(() -> Endpoint.keyFrom(config, value))
                    .isInstanceOf(BadInputException.class)
                    .hasMessageContaining("A_KEY");
        }
        assertThat(Endpoint.keyFrom(config, " sk-1\n")).isEqualTo("sk-1");
    }
}
