package dev.errata.pipeline.correct.openai;

import dev.errata.pipeline.config.EndpointAddress;
import dev.errata.pipeline.config.OpenAiConfig;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.RunFailedException;
import java.net.ConnectException;
import java.net.URI;
import java.net.UnknownHostException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.channels.UnresolvedAddressException;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Sends requests to {@code {base_url}/chat/completions} and says what came of them. Proxies are those of the environment;
 * a redirection (307, 308) is followed to the same host alone, since the key goes with it. Safe for many threads.
 */
final class Endpoint implements AutoCloseable {
    /** More than any answer of some thousand tokens; a server that sends more is broken. */
    static final int LARGEST_BODY = 8 << 20;

    private static final int MOST_HOPS = 5;
    private static final Duration LONGEST_LOOK = Duration.ofSeconds(10);
    private static final int LOOKS = 3;

    static {
        // Otherwise the JDK keeps names and passwords from proxies on the way to https.
        if (System.getProperty("jdk.http.auth.tunneling.disabledSchemes") == null) {
            System.setProperty("jdk.http.auth.tunneling.disabledSchemes", "");
        }
    }

    /** A try that brought no response. */
    private static final class UnansweredException extends Exception {
        private static final long serialVersionUID = 1L;

        UnansweredException(String reason) {
            super(reason);
        }
    }

    private final OpenAiConfig config;
    private final String key;
    private final EnvironmentProxies proxies;
    private final HttpClient client;
    private final ReplyReader reader;
    private volatile URI completions;
    private volatile ChatRequest.Limit limit = ChatRequest.Limit.MAX_TOKENS;

    /**
     * Connects to nothing yet.
     *
     * @param environment holds the key and the proxies
     * @throws BadInputException without a key that can be sent, or for a proxy of an unknown kind
     */
    Endpoint(OpenAiConfig config, Map<String, String> environment) {
        this.config = config;
        this.key = keyFrom(config, environment.get(config.apiKeyEnv()));
        this.proxies = new EnvironmentProxies(environment);
        this.completions = config.address().completions();
        this.proxies.of(completions);
        this.reader = new ReplyReader(new KeyMask(key), config.apiKeyEnv());
        this.client = HttpClient.newBuilder()
                .version(HttpClient.Version.HTTP_1_1)
                .followRedirects(HttpClient.Redirect.NEVER)
                .proxy(proxies)
                .connectTimeout(timeout())
                .build();
    }

    /** The key that the environment holds; without one nothing can be asked. */
    static String keyFrom(OpenAiConfig config, String value) {
        if (value == null || value.isBlank()) {
            throw new BadInputException(
                    "no key in the environment variable " + config.apiKeyEnv(),
                    "correct.openai.api_key_env",
                    "set " + config.apiKeyEnv() + " or name another variable");
        }
        if (!value.strip().chars().allMatch(c -> c > 0x20 && c < 0x7f)) {
            throw new BadInputException(
                    "the key in the environment variable " + config.apiKeyEnv() + " holds strange characters",
                    "correct.openai.api_key_env",
                    "set " + config.apiKeyEnv() + " anew");
        }
        return value.strip();
    }

    private Duration timeout() {
        return Duration.ofMillis(Math.max(1, Math.round(config.timeoutSeconds() * 1000)));
    }

    /**
     * Looks whether anyone is there and takes the key, at no cost: asks for the list of models. Whatever else comes of that
     * is none of our business, as not every server has such a list.
     *
     * @throws RunFailedException if nobody can be reached, or the key is refused
     */
    void requireReachable() throws InterruptedException {
        String problem = "";
        for (int look = 1; look <= LOOKS; look++) {
            try {
                Duration most = timeout().compareTo(LONGEST_LOOK) < 0 ? timeout() : LONGEST_LOOK;
                HttpRequest http =
                        request(config.address().models()).timeout(most).GET().build();
                int status = sent(http, System.nanoTime() + most.toNanos()).statusCode();
                if (status == 401) {
                    throw new RunFailedException(
                            "the endpoint refuses the key with status 401",
                            config.endpoint(),
                            "set another key in " + config.apiKeyEnv());
                }
                return;
            } catch (UnansweredException e) {
                problem = e.getMessage();
                if (!isUnreachable(e.getCause())) {
                    return;
                }
                Thread.sleep(look < LOOKS ? 250L * look : 0);
            }
        }
        throw new RunFailedException(
                "the endpoint can't be reached (" + problem.replace(':', ' ') + ")",
                config.endpoint(),
                "start it, or mend correct.openai.base_url");
    }

    /** One try; the time limit covers the whole of it, the reading of the body too. */
    Reply ask(ChatRequest request) throws InterruptedException {
        Reply reply = ask(request, limit);
        if (reply instanceof Reply.OtherLimit) {
            limit = ChatRequest.Limit.MAX_COMPLETION_TOKENS;
            reply = ask(request, limit);
        }
        return reply;
    }

    private Reply ask(ChatRequest request, ChatRequest.Limit named) throws InterruptedException {
        long deadline = System.nanoTime() + timeout().toNanos();
        URI target = completions;
        for (int hop = 0; ; hop++) {
            HttpRequest http = request(target)
                    .header("Content-Type", "application/json")
                    .timeout(timeout())
                    .POST(HttpRequest.BodyPublishers.ofString(request.body(named)))
                    .build();
            HttpResponse<byte[]> response;
            try {
                response = sent(http, deadline);
            } catch (UnansweredException e) {
                return new Reply.Failed(e.getMessage(), 0);
            }
            int status = response.statusCode();
            if (status / 100 != 3) {
                return reader.read(response, request, named);
            }
            Optional<URI> next = response.headers().firstValue("Location").flatMap(to -> resolved(response.uri(), to));
            if (!(status == 307 || status == 308)
                    || hop == MOST_HOPS
                    || !next.filter(this::mayFollow).isPresent()) {
                return elsewhere(status, next);
            }
            target = next.get();
            if (status == 308) {
                completions = target;
            }
        }
    }

    private HttpRequest.Builder request(URI target) {
        HttpRequest.Builder builder = HttpRequest.newBuilder(target).header("Authorization", "Bearer " + key);
        proxies.of(target)
                .map(EnvironmentProxies.Found::authorization)
                .ifPresent(given -> builder.header("Proxy-Authorization", given));
        return builder;
    }

    private static Optional<URI> resolved(URI from, String location) {
        try {
            URI next = from.resolve(location.strip());
            return EndpointAddress.of(next.toString()).map(EndpointAddress::base);
        } catch (IllegalArgumentException noAddress) {
            return Optional.empty();
        }
    }

    /** To the same host and port, or from http to https there. */
    private boolean mayFollow(URI next) {
        URI from = config.address().base();
        boolean sameScheme = next.getScheme().equalsIgnoreCase(from.getScheme());
        boolean secured =
                from.getScheme().equalsIgnoreCase("http") && next.getScheme().equalsIgnoreCase("https");
        return next.getHost().equalsIgnoreCase(from.getHost())
                && next.getRawUserInfo() == null
                && (secured || (sameScheme && next.getPort() == from.getPort()));
    }

    private static Reply elsewhere(int status, Optional<URI> next) {
        String where = next.map(
                        to -> " to " + to.getHost() + (to.getPort() < 0 ? "" : " port " + to.getPort()) + to.getPath())
                .orElse(" to nowhere");
        return new Reply.Ended(
                "the endpoint redirects with status " + status + where + ", where the key isn't sent",
                "mend correct.openai.base_url and run the same command again, the answers that came are kept");
    }

    private HttpResponse<byte[]> sent(HttpRequest http, long deadline)
            throws InterruptedException, UnansweredException {
        CompletableFuture<HttpResponse<byte[]>> sent = client.sendAsync(
                http, HttpResponse.BodyHandlers.limiting(HttpResponse.BodyHandlers.ofByteArray(), LARGEST_BODY));
        try {
            return sent.get(Math.max(1, deadline - System.nanoTime()), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            sent.cancel(true);
            throw new UnansweredException("no answer within " + config.timeoutSeconds() + " s");
        } catch (ExecutionException e) {
            UnansweredException unanswered = new UnansweredException(reason(e.getCause(), http.uri()));
            unanswered.initCause(e.getCause());
            throw unanswered;
        } catch (InterruptedException e) {
            sent.cancel(true);
            throw e;
        }
    }

    private static boolean isUnreachable(Throwable failure) {
        return failure instanceof ConnectException
                || failure instanceof HttpConnectTimeoutException
                || failure instanceof UnknownHostException
                || failure instanceof UnresolvedAddressException
                || (failure != null && String.valueOf(failure.getMessage()).startsWith("Tunnel failed"));
    }

    private String reason(Throwable failure, URI target) {
        String by = proxies.of(target)
                .map(proxy -> " through the proxy " + proxy.name())
                .orElse("");
        if (isUnreachable(failure)) {
            String said = String.valueOf(failure.getMessage());
            return "no connection" + by + (said.startsWith("Tunnel failed") ? ", " + said : "");
        }
        String said = failure.getMessage();
        return said == null || said.isBlank() ? failure.getClass().getSimpleName() : said;
    }

    @Override
    public void close() {
        client.shutdownNow();
    }
}
