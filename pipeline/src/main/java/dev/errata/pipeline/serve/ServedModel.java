package dev.errata.pipeline.serve;

import dev.errata.model.cache.KeyValueCache;
import dev.errata.model.config.ModelConfig;
import dev.errata.model.generate.EngineStatus;
import dev.errata.model.generate.GenerationEngine;
import dev.errata.model.generate.GenerationRequest;
import dev.errata.model.text.ModelText;
import dev.errata.pipeline.serve.http.RequestFault;
import dev.errata.tensor.BadInputException;
import java.lang.System.Logger;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A model that several requests use at a time: its engine with the thread that owns it, its tokenizer, the names it goes by,
 * and how much may wait for it.
 */
final class ServedModel implements AutoCloseable {
    private static final Logger LOG = System.getLogger(ServedModel.class.getName());
    private static final long IDLE_MILLIS = 100;

    private final GenerationEngine engine;
    private final ModelText text;
    private final TokenTexts tokenTexts;
    private final String name;
    private final List<String> adapters;
    private final ServerLimits limits;
    private final int[] forbidden;
    private final Thread owner;
    /** Requests in hand, and how many sequences they are together. */
    private final Set<RequestEvents> open = new LinkedHashSet<>();

    private final AnswerPace pace = new AnswerPace();
    private int sequences;
    private boolean ending;
    private volatile boolean closed;

    /**
     * @param name of the model as it is
     * @param adapters of those that the engine's decoder has
     */
    ServedModel(GenerationEngine engine, ModelText text, String name, List<String> adapters, ServerLimits limits) {
        this.engine = engine;
        this.text = text;
        this.tokenTexts = new TokenTexts(text.tokenizer());
        this.name = name;
        this.adapters = List.copyOf(adapters);
        this.limits = limits;
        this.forbidden = text.idsWithoutText(config().vocabSize());
        this.owner = Thread.ofPlatform().name("engine").daemon().start(this::work);
    }

    private void work() {
        while (!closed) {
            try {
                if (!engine.step()) {
                    engine.awaitWork(IDLE_MILLIS);
                }
            } catch (InterruptedException e) {
                return;
            } catch (RuntimeException e) {
                // Those who asked have been told.
                LOG.log(Logger.Level.ERROR, "a step of the engine failed: " + e.getMessage());
            }
        }
    }

    ModelText text() {
        return text;
    }

    TokenTexts tokenTexts() {
        return tokenTexts;
    }

    ModelConfig config() {
        return engine.decoder().config();
    }

    /** Tokens that a prompt and its answer may have together: as the model was made for, and as there is memory for. */
    int context() {
        int made = config().maxPositionEmbeddings();
        if (engine.limits().cache().asNeeded()) {
            return made;
        }
        long room = (long) engine.status().mostBlocks() * KeyValueCache.BLOCK_TOKENS;
        return (int) Math.min(made, room);
    }

    /** Tokens that are never written, as they stand for no text; always the same array. */
    int[] forbidden() {
        return forbidden;
    }

    /** The names that a request may give: the model's own first, then those of its adapters. */
    List<String> names() {
        List<String> names = new ArrayList<>(adapters);
        names.addFirst(name);
        return names;
    }

    /** The model's own name. */
    String name() {
        return name;
    }

    /**
     * The adapter that a request's {@code model} stands for; null for none.
     *
     * @throws RequestFault if nothing has this name
     */
    String adapter(String model) {
        if (model.equals(name)) {
            return null;
        }
        if (!adapters.contains(model)) {
            throw RequestFault.unknownModel("there is no model " + model + " here, but " + String.join(", ", names()));
        }
        return model;
    }

    EngineStatus status() {
        return engine.status();
    }

    ServerLimits limits() {
        return limits;
    }

    /** Sequences in hand, those that wait included. */
    int sequences() {
        synchronized (open) {
            return sequences;
        }
    }

    /**
     * Gives these requests to the engine; the answers are to be {@linkplain #end ended}.
     *
     * @param deadline by {@link System#nanoTime}
     * @throws RequestFault if too many wait already, the server is ending, or one of them could never be answered
     */
    RequestEvents begin(List<GenerationRequest> requests, long deadline) {
        RequestEvents answers = new RequestEvents(engine::cancel, deadline, limits.seconds());
        int count = count(requests);
        synchronized (open) {
            if (ending) {
                throw RequestFault.ending();
            }
            if (sequences >= limits.slots() + limits.queue()) {
                int wait = pace.seconds(sequences - limits.slots(), System.nanoTime(), limits.seconds());
                throw RequestFault.queueFull(
                        sequences + " sequences are at work or wait, as many as may: try again in " + wait + " s",
                        wait);
            }
            if (sequences == 0) {
                pace.begin(System.nanoTime());
            }
            sequences += count;
            open.add(answers);
        }
        try {
            for (int i = 0; i < requests.size(); i++) {
                answers.add(engine.submit(requests.get(i), answers.listener(i)));
            }
            return answers;
        } catch (BadInputException e) {
            end(answers, requests);
            throw RequestFault.invalid(null, e.what() + ", " + e.remedy());
        } catch (RuntimeException e) {
            end(answers, requests);
            throw e;
        }
    }

    /** The requests are over, answered or not. */
    void end(RequestEvents answers, List<GenerationRequest> requests) {
        answers.close();
        synchronized (open) {
            if (open.remove(answers)) {
                sequences -= count(requests);
                pace.end(count(requests), System.nanoTime());
                open.notifyAll();
            }
        }
    }

    private static int count(List<GenerationRequest> requests) {
        return requests.stream().mapToInt(GenerationRequest::samples).sum();
    }

    /** Takes no further requests and waits until those in hand are over; what is left after so many seconds is ended. */
    void drain(int seconds) throws InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        synchronized (open) {
            ending = true;
            while (!open.isEmpty()) {
                long millis = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
                if (millis <= 0) {
                    List.copyOf(open).forEach(answers -> answers.end(RequestFault.ending()));
                    return;
                }
                open.wait(millis);
            }
        }
    }

    /** Ends the thread that owns the engine; the engine itself is the caller's. */
    @Override
    public void close() {
        closed = true;
        owner.interrupt();
        try {
            owner.join();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
