package dev.errata.pipeline.correct.openai;

import dev.errata.pipeline.config.OpenAiConfig;
import dev.errata.tensor.RunFailedException;
import dev.errata.train.StopSignal;
import dev.errata.train.StoppedException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;

/** One round of questions: so many at a time, tried again where that may help, given up together where it can't. */
final class Asking {
    /** Takes the answers in the order of the requests. */
    interface Answers {
        void accept(int index, String text);
    }

    /** What became of a request; text is null when there is no answer, and then problem says why. */
    private record Outcome(String text, String problem) {}

    private static final long POLL_MILLIS = 50;
    private static final long STOP_SECONDS = 20;

    private final OpenAiConfig config;
    private final Endpoint endpoint;
    private final AnswerCache cache;
    private final StopSignal stop;
    private final Pace pace;
    private final AtomicLong tokens = new AtomicLong();
    private final AtomicInteger failuresInARow = new AtomicInteger();
    private final AtomicReference<RuntimeException> end = new AtomicReference<>();

    Asking(OpenAiConfig config, Endpoint endpoint, AnswerCache cache, StopSignal stop) {
        this.config = config;
        this.endpoint = endpoint;
        this.cache = cache;
        this.stop = stop;
        this.pace = new Pace(config.requestsPerMinute());
    }

    void all(List<ChatRequest> requests, Answers answers) {
        List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
        requests.forEach(each -> outcomes.add(new CompletableFuture<>()));
        AtomicInteger next = new AtomicInteger();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<?>> workers = new ArrayList<>();
            for (int i = 0; i < Math.min(config.concurrency(), requests.size()); i++) {
                workers.add(threads.submit(() -> work(requests, outcomes, next)));
            }
            try {
                handOn(outcomes, answers);
            } finally {
                end.compareAndSet(null, new StoppedException());
                waitFor(workers);
                threads.shutdownNow();
            }
        }
    }

    /** One of the threads: takes the next request until none is left or the round has ended. */
    private void work(List<ChatRequest> requests, List<CompletableFuture<Outcome>> outcomes, AtomicInteger next) {
        for (int i = next.getAndIncrement(); i < requests.size(); i = next.getAndIncrement()) {
            try {
                outcomes.get(i).complete(end.get() == null ? outcome(requests.get(i)) : null);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (RuntimeException e) {
                end.compareAndSet(null, e);
                outcomes.get(i).complete(null);
            }
        }
    }

    private Outcome outcome(ChatRequest request) throws InterruptedException {
        Reply.Answer known = cache.get(request);
        if (known != null) {
            tokens.addAndGet(known.totalTokens());
            return new Outcome(known.text(), null);
        }
        String problem = "";
        for (int failed = 0; failed <= config.maxRetries(); ) {
            if (mustEnd() || pause(pace.take())) {
                return null;
            }
            switch (endpoint.ask(request)) {
                case Reply.Answer answer -> {
                    cache.put(request, answer);
                    tokens.addAndGet(answer.totalTokens());
                    failuresInARow.set(0);
                    return new Outcome(answer.text(), null);
                }
                case Reply.KeyRefused refused -> {
                    end.compareAndSet(null, keyRefused(refused.status()));
                    return null;
                }
                case Reply.Rejected rejected -> {
                    return gaveUp(rejected.reason());
                }
                case Reply.Failed failure -> {
                    problem = failure.reason();
                    failed++;
                    long wait = Math.max(failure.waitMillis(), Backoff.millis(failed, ThreadLocalRandom.current()));
                    if (failed <= config.maxRetries() && pause(wait)) {
                        return null;
                    }
                }
            }
        }
        return gaveUp(problem);
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

    private void handOn(List<CompletableFuture<Outcome>> outcomes, Answers answers) {
        int missing = 0;
        String problem = "";
        for (int i = 0; i < outcomes.size(); i++) {
            Outcome outcome = await(outcomes.get(i));
            if (outcome == null) {
                throw end.get() == null ? new StoppedException() : end.get();
            }
            if (outcome.text() == null) {
                missing++;
                problem = outcome.problem();
            } else if (missing == 0) {
                answers.accept(i, outcome.text());
            }
        }
        if (missing > 0) {
            throw noAnswer(missing + " of " + outcomes.size() + " corrections could not be had", problem);
        }
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
        return new RunFailedException(
                (what + " (" + problem + ")").replace(':', ' ').replaceAll("\\s+", " "),
                config.endpoint(),
                "check the endpoint and run the same command again, the answers that came are kept");
    }

    private RunFailedException keyRefused(int status) {
        return new RunFailedException(
                "the endpoint refuses the key with status " + status,
                config.endpoint(),
                "set another key in " + config.apiKeyEnv()
                        + " and run the same command again, the answers that came are kept");
    }
}
