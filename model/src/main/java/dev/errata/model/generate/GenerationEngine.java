package dev.errata.model.generate;

import dev.errata.model.decoder.Decoder;
import dev.errata.tensor.ErrataException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * Writes after prompts, for any number of requests at a time. Requests come and are taken back from any thread; one thread,
 * the engine's owner, makes its steps and is the one in which listeners are told.
 *
 * <p>A step reads a bounded number of prompt tokens and writes a token for each growing sequence. The place of a sequence
 * that has ended is taken by the next at once. Results don't depend on what else is at work, nor on the limits.
 */
public final class GenerationEngine implements AutoCloseable {
    private final Generator generator;
    private final Decoder decoder;
    private final EngineLimits limits;
    private final Object lock = new Object();
    private final Deque<RunningRequest> waiting = new ArrayDeque<>();

    /**
     * @param decoder outlives the engine, and is used by nobody else during its steps
     */
    public GenerationEngine(Decoder decoder, EngineLimits limits) {
        this.decoder = decoder;
        this.limits = limits;
        this.generator = new Generator(decoder);
    }

    public Decoder decoder() {
        return decoder;
    }

    public EngineLimits limits() {
        return limits;
    }

    /**
     * Takes a request, behind those that wait; from any thread.
     *
     * @throws dev.errata.tensor.BadInputException if it could never be answered: a token that the model doesn't have, an
     *     adapter that isn't there, or more keys and values than there is memory for
     */
    public Ticket submit(GenerationRequest request, GenerationListener listener) {
        RunningRequest running = new RunningRequest(request, listener);
        synchronized (lock) {
            waiting.add(running);
            lock.notifyAll();
        }
        return running;
    }

    /**
     * Takes a request back, from any thread: the next step gives its memory back and tells its listener. Nothing happens
     * where it has ended.
     */
    public void cancel(Ticket ticket) {
        boolean removed;
        synchronized (lock) {
            removed = waiting.remove(ticket);
        }
        if (removed && ticket instanceof RunningRequest running) {
            running.listener().cancelled();
        }
    }

    /** Waits until there is something to do, at most so many milliseconds; by the owner. */
    public void awaitWork(long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        synchronized (lock) {
            for (long left = millis; waiting.isEmpty() && left > 0; ) {
                lock.wait(left);
                left = TimeUnit.NANOSECONDS.toMillis(end - System.nanoTime());
            }
        }
    }

    /**
     * Makes one step; by the owner.
     *
     * @return false if there was nothing to do
     * @throws RuntimeException if the backend fails; every request at work has then failed, and the engine can go on
     */
    public boolean step() {
        RunningRequest running;
        synchronized (lock) {
            running = waiting.poll();
        }
        if (running == null) {
            return false;
        }
        try {
            running.run(generator);
        } catch (ErrataException e) {
            running.listener().failed(e);
        }
        return true;
    }

    /** What the engine is at, as of its last step; from any thread. */
    public EngineStatus status() {
        synchronized (lock) {
            return new EngineStatus(0, waiting.size(), 0, 0, 0, 0, 0, 0, 0);
        }
    }

    /**
     * Answers all of these requests, by the owner.
     *
     * @return the results, in the order of the requests
     * @throws ErrataException the first failure of one of them
     */
    public List<GenerationResult> generate(List<GenerationRequest> requests) {
        List<GenerationResult> results = new ArrayList<>(Collections.nCopies(requests.size(), null));
        generate(requests, results::set);
        return results;
    }

    /**
     * The same, with each result as soon as it and all before it are there.
     *
     * @param answered told the place of each request and its result, in order
     */
    public void generate(List<GenerationRequest> requests, BiConsumer<Integer, GenerationResult> answered) {
        for (int i = 0; i < requests.size(); i++) {
            int place = i;
            submit(requests.get(i), new GenerationListener() {
                @Override
                public void completed(GenerationResult result) {
                    answered.accept(place, result);
                }

                @Override
                public void failed(ErrataException failure) {
                    throw failure;
                }
            });
        }
        while (step()) {
            // Listeners take the results.
        }
    }

    @Override
    public void close() {}
}
