package dev.errata.pipeline.serve;

import dev.errata.model.generate.Generated;
import dev.errata.model.generate.GenerationListener;
import dev.errata.model.generate.GenerationResult;
import dev.errata.model.generate.ScoredToken;
import dev.errata.model.generate.Ticket;
import dev.errata.pipeline.serve.http.RequestFault;
import dev.errata.tensor.ErrataException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * What the engine tells of one HTTP request, which may be several of its own, on the way to the thread that answers it.
 * Closing it takes back whatever is still at work.
 */
final class RequestEvents implements AutoCloseable {
    /** Something that happened to the prompt at this place of the request. */
    sealed interface Event {
        record PromptScored(int prompt, List<ScoredToken> scores) implements Event {}

        record Written(int prompt, int sample, int id, ScoredToken score) implements Event {}

        record Ended(int prompt, int sample, Generated written) implements Event {}

        record Completed(int prompt) implements Event {}

        /** Nothing further comes. */
        record Failed(RequestFault fault) implements Event {}
    }

    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final List<Ticket> tickets = new ArrayList<>();
    private final Consumer<Ticket> cancel;
    private final long deadline;
    private final long seconds;

    /**
     * @param cancel takes a request of the engine's back
     * @param deadline by {@link System#nanoTime}
     * @param seconds that there are until then
     */
    RequestEvents(Consumer<Ticket> cancel, long deadline, long seconds) {
        this.cancel = cancel;
        this.deadline = deadline;
        this.seconds = seconds;
    }

    /** Who hears of the prompt at this place. */
    GenerationListener listener(int prompt) {
        return new GenerationListener() {
            @Override
            public void promptScored(List<ScoredToken> scores) {
                events.add(new Event.PromptScored(prompt, scores));
            }

            @Override
            public void written(int sample, int id, ScoredToken score) {
                events.add(new Event.Written(prompt, sample, id, score));
            }

            @Override
            public void ended(int sample, Generated written) {
                events.add(new Event.Ended(prompt, sample, written));
            }

            @Override
            public void completed(GenerationResult result) {
                events.add(new Event.Completed(prompt));
            }

            @Override
            public void failed(ErrataException failure) {
                end(RequestFault.internal(failure.getMessage()));
            }
        };
    }

    /** Remembers what the engine has taken. */
    void add(Ticket ticket) {
        synchronized (tickets) {
            tickets.add(ticket);
        }
    }

    /** Takes everything back and tells the thread that answers; from any thread. */
    void end(RequestFault fault) {
        events.add(new Event.Failed(fault));
        close();
    }

    /** By {@link System#nanoTime}. */
    long deadline() {
        return deadline;
    }

    /**
     * Waits for what happens next.
     *
     * @throws RequestFault if nothing does until the deadline, or nothing can
     */
    Event next() throws InterruptedException {
        long left = deadline - System.nanoTime();
        Event event = left <= 0 ? null : events.poll(left, TimeUnit.NANOSECONDS);
        if (event == null) {
            throw RequestFault.timedOut(seconds);
        }
        if (event instanceof Event.Failed failed) {
            throw failed.fault();
        }
        return event;
    }

    @Override
    public void close() {
        synchronized (tickets) {
            tickets.forEach(cancel);
            tickets.clear();
        }
    }
}
