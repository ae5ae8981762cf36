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
import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
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
        return config(url, concurrency, totalTokens, retries, 30);
    }

    private OpenAiConfig config(String url, int concurrency, long totalTokens, int retries, double timeoutSeconds) {
        return new OpenAiConfig(url, "m", "A_KEY", 0.0, 100, concurrency, 0, totalTokens, timeoutSeconds, retries);
    }

    private List<String> ask(OpenAiConfig config, String... prompts) {
        return replies(config, prompts).stream().map(Reply.Final::text).toList();
    }

    private List<Reply.Final> replies(OpenAiConfig config, String... prompts) {
        List<Reply.Final> answers = new ArrayList<>();
        try (Endpoint endpoint = new Endpoint(config, Map.of("A_KEY", KEY))) {
            List<ChatRequest> requests =
                    Stream.of(prompts).map(each -> ChatRequest.of(config, each)).toList();
            new Asking(config, endpoint, new AnswerCache(cache), stop).all(requests, (index, reply) -> {
                assertThat(index).isEqualTo(answers.size());
                answers.add(reply);
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
        List<String> answers = ask(config(server.url(), 4, 0, 6, 1), prompts);
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
                .hasMessageContainingAll("1 of 3 answers", "127.0.0.1:", "status 500");
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
                .hasMessageContaining("refuses the key with status 401, words of REFUSE");
        assertThat(server.seen().size()).isLessThanOrEqualTo(5);
    }

    @Test
    void stopsAtOnceWhereNoRequestWillBeAnsweredInTheServersWordsWithoutTheKey() {
        for (Act act : List.of(Act.UNKNOWN_MODEL, Act.NOT_FOUND, Act.QUOTA, Act.PAYMENT, Act.REFUSE, Act.TEMPERATURE)) {
            String prompt = "p" + act;
            server.script(prompt, act);
            assertThatThrownBy(() -> ask(config(server.url(), 1, 0, 6), prompt, prompt + " too"))
                    .as(act.name())
                    .isInstanceOf(RunFailedException.class)
                    .hasMessageContaining("words of " + act)
                    .message()
                    .doesNotContain(KEY);
            assertThat(server.seen(prompt)).as(act.name()).hasSize(1);
        }
    }

    @Test
    void makesRecordsOfRefusalsAndCutOffAnswersAndPaysForNoneTwice() {
        server.script("filtered", Act.FILTER_STATUS);
        server.script("stopped", Act.FILTER_FINISH);
        server.script("unwilling", Act.REFUSAL);
        server.script("long", Act.CUT_OFF);
        server.script("pensive", Act.ONLY_REASONING);
        server.script("strange", Act.BAD_REQUEST);
        OpenAiConfig config = config(server.url(), 1, 0, 6);
        String[] prompts = {"filtered", "good", "stopped", "unwilling", "long", "pensive", "strange"};
        List<Reply.Final> replies = replies(config, prompts);
        assertThat(replies)
                .containsExactly(
                        new Reply.Refused("refused by the content filter", "words of FILTER_STATUS", 0, false),
                        new Reply.Answer("said about good", 10),
                        new Reply.Refused("refused by the content filter", "said", 10, false),
                        new Reply.Refused("refused by the model", "I won't.", 10, false),
                        new Reply.CutOff("said", 10),
                        new Reply.CutOff("", 10),
                        new Reply.Refused("refused with status 400", "words of BAD_REQUEST, key was (key)", 0, true));
        assertThat(server.seen()).hasSize(7);
        server.script("strange", Act.BAD_REQUEST);
        assertThat(replies(config, prompts)).isEqualTo(replies);
        assertThat(server.seen()).hasSize(8);
    }

    @Test
    void takesManyRefusalsByStatusBeforeTheFirstAnswerForAWrongSettingAndMakesNoRecords() {
        String[] prompts = IntStream.range(0, 60).mapToObj(i -> "p" + i).toArray(String[]::new);
        server.script("p", Stream.generate(() -> Act.BAD_REQUEST).limit(60).toArray(Act[]::new));
        List<Integer> records = new ArrayList<>();
        OpenAiConfig config = config(server.url(), 1, 0, 6);
        try (Endpoint endpoint = new Endpoint(config, Map.of("A_KEY", KEY))) {
            Asking asking = new Asking(config, endpoint, new AnswerCache(cache), stop);
            List<ChatRequest> requests =
                    Stream.of(prompts).map(each -> ChatRequest.of(config, each)).toList();
            assertThatThrownBy(() -> asking.all(requests, (index, reply) -> records.add(index)))
                    .isInstanceOf(RunFailedException.class)
                    .hasMessageContainingAll("each of 20 requests", "words of BAD_REQUEST");
        }
        assertThat(records).isEmpty();
        assertThat(server.seen()).hasSize(20);
    }

    @Test
    void asksEqualPromptsOnceEvenWhenTheyAreInFlightTogether() {
        List<String> answers = ask(config(server.url(), 8, 0, 0), "same", "same", "other", "same", "same", "same");
        assertThat(answers).hasSize(6).containsOnly("said about same", "said about other");
        assertThat(server.seen()).hasSize(2);
        assertThat(cache).isDirectoryNotContaining("glob:**.partial");
    }

    @Test
    void givesTheServersWordsForAnErrorWithinAGoodStatusAndTriesAgain() {
        server.script("one", Act.ERROR_200);
        assertThat(ask(config(server.url(), 1, 0, 1), "one")).containsExactly("said about one");
        server.script("two", Act.ERROR_200, Act.ERROR_200);
        assertThatThrownBy(() -> ask(config(server.url(), 1, 0, 1), "two"))
                .isInstanceOf(RunFailedException.class)
                .hasMessageContaining("words of ERROR_200");
    }

    @Test
    void sendsMaxCompletionTokensToAServerThatWantsItAndNoTemperatureThatIsNull() throws IOException {
        server.script("first", Act.OTHER_LIMIT);
        OpenAiConfig with = config(server.url(), 1, 0, 0);
        OpenAiConfig config = new OpenAiConfig(with.baseUrl(), "m", "A_KEY", null, 100, 1, 0, 0, 1, 0);
        assertThat(ask(config, "first", "second")).hasSize(2);
        List<String> sent = server.seen().stream().map(Seen::fields).toList();
        assertThat(sent)
                .containsExactly(
                        "max_tokens messages model",
                        "max_completion_tokens messages model",
                        "max_completion_tokens messages model");
    }

    @Test
    void followsRedirectionsToItsOwnHostAlone() throws IOException {
        server.script("near", Act.MOVED);
        assertThat(ask(config(server.url(), 1, 0, 0), "near", "next")).hasSize(2);
        assertThat(server.seen().stream().map(Seen::path))
                .containsExactly("/v1/chat/completions", "/moved/chat/completions", "/moved/chat/completions");
        try (FaultyEndpoint other = new FaultyEndpoint()) {
            server.leadTo(other.url());
            server.script("far", Act.MOVED_AWAY);
            assertThatThrownBy(() -> ask(config(server.url(), 1, 0, 0), "far"))
                    .isInstanceOf(RunFailedException.class)
                    .hasMessageContainingAll("redirects", "/v1/chat/completions");
            assertThat(other.seen()).isEmpty();
        }
    }

    @Test
    void looksWhetherAnyoneIsThereAndTakesTheKey() throws Exception {
        try (Endpoint endpoint = new Endpoint(config(server.url(), 1, 0, 0), Map.of("A_KEY", KEY))) {
            endpoint.requireReachable();
        }
        server.refuseLooks();
        try (Endpoint endpoint = new Endpoint(config(server.url(), 1, 0, 0), Map.of("A_KEY", KEY))) {
            assertThatThrownBy(endpoint::requireReachable)
                    .isInstanceOf(RunFailedException.class)
                    .hasMessageContaining("401");
        }
        String url = server.url();
        server.close();
        try (Endpoint endpoint = new Endpoint(config(url, 1, 0, 0), Map.of("A_KEY", KEY))) {
            assertThatThrownBy(endpoint::requireReachable)
                    .isInstanceOf(RunFailedException.class)
                    .hasMessageContaining("can't be reached");
        }
        assertThat(server.seen()).isEmpty();
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
    void anErrorInAnAskingThreadEndsTheRound() {
        Error broken = new OutOfMemoryError("in an asking thread");
        Path breaking = (Path)
                Proxy.newProxyInstance(AskingTest.class.getClassLoader(), new Class<?>[] {Path.class}, (_, _, _) -> {
                    throw broken;
                });
        OpenAiConfig config = config(server.url(), 2, 0, 0);
        try (Endpoint endpoint = new Endpoint(config, Map.of("A_KEY", KEY))) {
            Asking asking = new Asking(config, endpoint, new AnswerCache(breaking), stop);
            List<ChatRequest> requests = List.of(ChatRequest.of(config, "a"), ChatRequest.of(config, "b"));
            assertThatThrownBy(() -> asking.all(requests, (_, _) -> {})).isSameAs(broken);
        }
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
