package dev.errata.pipeline.correct.openai;

import dev.errata.pipeline.config.OpenAiConfig;
import dev.errata.tensor.RunFailedException;
import dev.errata.train.StopSignal;
import dev.errata.train.StoppedException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/**
 * One round of questions: so many at a time, equal ones once, tried again where that may help, given up together where it
 * can't.
 */
final class Asking {
    /** Takes the answers in the order of the requests. */
    interface Answers {
        void accept(int index, Reply.Final reply);
    }

    /** What became of a request; reply is null when none came, and then problem says why. */
    private record Outcome(Reply.Final reply, String problem) {
        boolean isByStatus() {
            return reply instanceof Reply.Refused refused && refused.byStatus();
        }
    }

    /** A request that the round holds back. */
    private record Held(int index, Reply.Final reply) {}

    private static final long POLL_MILLIS = 50;
    private static final long STOP_SECONDS = 20;
    /**
     * So many refusals by status before the first answer mean that it's not the prompts: a setting is wrong, and records of
     * it would be lost ones.
     */
    private static final int MOST_REFUSED_FIRST = 20;

    private final OpenAiConfig config;
    private final Endpoint endpoint;
    private final AnswerCache cache;
    private final StopSignal stop;
    private final Pace pace;
    private final AtomicLong tokens = new AtomicLong();
    private final AtomicInteger failuresInARow = new AtomicInteger();
    private final AtomicInteger refusedFirst = new AtomicInteger();
    private volatile boolean answered;
    /** Why the round ends before its last answer: what {@link #ended} throws. */
    private final AtomicReference<Throwable> end = new AtomicReference<>();

    Asking(OpenAiConfig config, Endpoint endpoint, AnswerCache cache, StopSignal stop) {
        this.config = config;
        this.endpoint = endpoint;
        this.cache = cache;
        this.stop = stop;
        this.pace = new Pace(config.requestsPerMinute());
    }

    void all(List<ChatRequest> requests, Answers answers) {
        Map<ChatRequest, CompletableFuture<Outcome>> outcomes = new LinkedHashMap<>();
        requests.forEach(each -> outcomes.computeIfAbsent(each, request -> new CompletableFuture<>()));
        List<Map.Entry<ChatRequest, CompletableFuture<Outcome>>> different = List.copyOf(outcomes.entrySet());
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < Math.min(config.concurrency(), different.size()); i++) {
                workers.add(threads.submit(() -> work(different, next)));
            }
            try {
                handOn(requests.stream().map(outcomes::get).toList(), answers);
            } finally {
                end.compareAndSet(null, new StoppedException());
                waitFor(workers);
                threads.shutdownNow();
            }
        }
    }

    /** One of the threads: takes the next request until none is left or the round has ended. */
    private void work(List<Map.Entry<ChatRequest, CompletableFuture<Outcome>>> requests, AtomicInteger next) {
        for (int i = next.getAndIncrement(); i < requests.size(); i = next.getAndIncrement()) {
            CompletableFuture<Outcome> outcome = requests.get(i).getValue();
            try {
                outcome.complete(end.get() == null ? outcome(requests.get(i).getKey()) : null);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException
                    | Error e) { // an error too: whoever waits for the outcome hears of it nowhere else
                end.compareAndSet(null, e);
                outcome.complete(null);
            }
        }
    }

    private Outcome outcome(ChatRequest request) throws InterruptedException {
        Reply.Final known = cache.get(request);
        if (known != null) {
            return counted(known);
        }
        String problem = "";
        for (int failed = 0; failed <= config.maxRetries(); ) {
            if (mustEnd() || pause(pace.take())) {
                return null;
            }
            switch (endpoint.ask(request)) {
                case Reply.Refused refused
                when refused.byStatus() -> {
                    return refusedByStatus(refused);
                }
                case Reply.Final reply -> {
                    cache.put(request, reply);
                    return counted(reply);
                }
                case Reply.Ended ended -> {
                    end.compareAndSet(null, failed(ended.what(), ended.remedy()));
                    return null;
                }
                case Reply.OtherLimit wanted -> {
                    return gaveUp("neither max_tokens nor max_completion_tokens is taken");
                }
                case Reply.Failed failure -> {
                    problem = failure.reason();
                    failed++;
                    long wait = Math.max(failure.waitMillis(), Backoff.millis(failed, request.hashCode()));
                    if (failed <= config.maxRetries() && pause(wait)) {
                        return null;
                    }
                }
            }
        }
        return gaveUp(problem);
    }

    private Outcome counted(Reply.Final reply) {
        answered = true;
        tokens.addAndGet(reply.totalTokens());
        failuresInARow.set(0);
        return new Outcome(reply, null);
    }

    private Outcome refusedByStatus(Reply.Refused refused) {
        failuresInARow.set(0);
        if (!answered && refusedFirst.incrementAndGet() >= MOST_REFUSED_FIRST) {
            String said = refused.text() == null ? "" : ", " + refused.text();
            end.compareAndSet(
                    null,
                    failed(
                            "the endpoint refuses each of " + MOST_REFUSED_FIRST + " requests (" + refused.reason()
                                    + said + ")",
                            "mend what it says under correct.openai and run the same command again"));
        }
        return new Outcome(refused, null);
    }

    /** Sleeps; true when the round ended meanwhile. */
    private boolean pause(long millis) throws InterruptedException {
        long until = System.nanoTime() + millis * 1_000_000;
        for (long left = millis; left > 0; left = (until - System.nanoTime() + 999_999) / 1_000_000) {
            if (mustEnd()) {
                return true;
            }
            Thread.sleep(Math.min(left, POLL_MILLIS));
        }
        return mustEnd();
    }

    private boolean mustEnd() {
        if (stop.requested()) {
            end.compareAndSet(null, new StoppedException());
        }
        if (config.totalTokens() > 0 && tokens.get() >= config.totalTokens()) {
            end.compareAndSet(
                    null,
                    new RunFailedException(
                            "the answers have used " + tokens.get() + " tokens of " + config.totalTokens(),
                            "correct.openai.total_tokens",
                            "raise it and run the same command again, what was paid for is kept"));
        }
        return end.get() != null;
    }

    /** Where nothing but failures comes, the rest would only cost time. */
    private Outcome gaveUp(String problem) {
        if (failuresInARow.incrementAndGet() > config.concurrency()) {
            end.compareAndSet(null, noAnswer("the endpoint answers none of the requests", problem));
        }
        return new Outcome(null, problem);
    }

    /** Refusals by status wait for the first answer, which shows that the settings are right, or for the end. */
    private void handOn(List<CompletableFuture<Outcome>> outcomes, Answers answers) {
        int missing = 0;
        String problem = "";
        List<Held> held = new ArrayList<>();
        for (int i = 0; i < outcomes.size(); i++) {
            Outcome outcome = await(outcomes.get(i));
            if (outcome == null) {
                throw ended();
            }
            if (outcome.reply() == null) {
                missing++;
                problem = outcome.problem();
            } else if (missing == 0) {
                held.add(new Held(i, outcome.reply()));
            }
            if (!outcome.isByStatus() || answered || i == outcomes.size() - 1) {
                held.forEach(each -> answers.accept(each.index(), each.reply()));
                held.clear();
            }
        }
        if (missing > 0) {
            throw noAnswer(missing + " of " + outcomes.size() + " answers could not be had", problem);
        }
    }

    private RuntimeException ended() {
        return switch (end.get()) {
            case Error error -> throw error;
            case RuntimeException failure -> failure;
            case null, default -> new StoppedException();
        };
    }

    private Outcome await(CompletableFuture<Outcome> future) {
        while (true) {
            try {
                return future.get(POLL_MILLIS, TimeUnit.MILLISECONDS);
            } catch (TimeoutException e) {
                if (end.get() != null || mustEnd()) {
                    return null;
                }
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return null;
            }
        }
    }

    /** Answers that are on their way are waited for, since they are paid for; but not for long. */
    private static void waitFor(List<Future<?>> workers) {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(STOP_SECONDS);
        for (Future<?> worker : workers) {
            try {
                worker.get(Math.max(1, until - System.nanoTime()), TimeUnit.NANOSECONDS);
            } catch (TimeoutException e) {
                worker.cancel(true);
            } catch (ExecutionException e) {
                throw new IllegalStateException(e.getCause());
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            }
        }
    }

    private RunFailedException noAnswer(String what, String problem) {
        return failed(
                what + " (" + problem + ")",
                "check the endpoint and run the same command again, the answers that came are kept");
    }

    private RunFailedException failed(String what, String remedy) {
        return new RunFailedException(what.replace(':', ' ').replaceAll("\\s+", " "), config.endpoint(), remedy);
    }
}
