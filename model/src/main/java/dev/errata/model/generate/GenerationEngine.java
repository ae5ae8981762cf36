package dev.errata.model.generate;

import dev.errata.model.cache.KeyValueCache;
import dev.errata.model.decoder.Decoder;
import dev.errata.tensor.Backend;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.Download;
import dev.errata.tensor.ErrataException;
import dev.errata.tensor.RunFailedException;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Writes after prompts, for any number of requests at a time. Requests come and are taken back from any thread; one thread,
 * the engine's owner, makes its steps and is the one in which listeners are told.
 *
 * <p>A step reads a bounded number of prompt tokens and writes a token for each growing sequence: in one pass through the
 * decoder where a row has the same bits either way ({@link Backend#readsAsItWrites}), else in a pass over the prompts and one
 * over the sequences, which is a {@linkplain DecodingStep repeated step}. The place of a sequence that has ended is taken by the
 * next at once. Results don't depend on what else is at work, nor on the limits.
 *
 * <p>Tokens go from one step to the next on the backend; the host looks at those of a step to tell them on and to see which
 * sequences have ended. Where the backend is asynchronous the host looks a step late, while the next one runs: what that one
 * writes after an end is thrown away.
 */
public final class GenerationEngine implements AutoCloseable {
    private final Decoder decoder;
    private final Backend backend;
    private final EngineLimits limits;
    private final long blockBytes;
    private final Schedule schedule;
    /** Null where prompts and written sequences share their passes. */
    private final DecodingSteps decoding;

    private final PromptScores promptScores;
    private final Deque<Asked> asked = new ArrayDeque<>();
    private final Object lock = new Object();
    /** Guarded by the lock, as is what was cancelled. */
    private final List<RunningRequest> submitted = new ArrayList<>();

    private final List<RunningRequest> cancelled = new ArrayList<>();
    private long submissions;
    private ForwardStep last;
    private long promptTokens;
    private long newTokens;
    private volatile EngineStatus status;

    /** Tokens of a pass on their way to the host, and the logits of those whose log-probabilities are wanted. */
    private record Asked(List<Sequence> writers, int[] ids, float[][] logits, List<Download> downloads) {}

    /**
     * @param decoder outlives the engine, and is used by nobody else during its steps
     */
    public GenerationEngine(Decoder decoder, EngineLimits limits) {
        this.decoder = decoder;
        this.backend = decoder.backend();
        this.limits = limits;
        blockBytes = KeyValueCache.blockBytes(decoder.config(), decoder.keyValueType());
        CacheBudget budget = limits.cache();
        schedule = new Schedule(decoder, limits, budget.asNeeded() ? 0 : budget.mostBlocks(blockBytes));
        decoding = backend.readsAsItWrites() ? null : new DecodingSteps(decoder, schedule.cache());
        promptScores = new PromptScores(decoder);
        publish();
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
     * @throws BadInputException if it could never be answered: a token that the model doesn't have, an
     *     adapter that isn't there, or more keys and values than there is memory for
     */
    public Ticket submit(GenerationRequest request, GenerationListener listener) {
        require(request);
        synchronized (lock) {
            RunningRequest running = new RunningRequest(request, listener, submissions++);
            submitted.add(running);
            lock.notifyAll();
            return running;
        }
    }

    private void require(GenerationRequest request) {
        int vocabulary = decoder.config().vocabSize();
        for (int id : request.prompt()) {
            if (id < 0 || id >= vocabulary) {
                throw new BadInputException(
                        "the prompt holds " + id + ", which is not from 0 to " + (vocabulary - 1),
                        "a request",
                        "use the model's own ids");
            }
        }
        String adapter = request.adapter();
        if (adapter != null && !decoder.adapters().contains(adapter)) {
            throw new BadInputException(
                    "adapter " + adapter + " is not there", "a request", "name one of " + decoder.adapters());
        }
        long blocks = Math.ceilDiv(request.longest(), KeyValueCache.BLOCK_TOKENS);
        if (request.longest() > Integer.MAX_VALUE / 2 || blocks > limits.cache().mostBlocks(blockBytes)) {
            throw new BadInputException(
                    String.format(
                            Locale.ROOT,
                            "%d tokens need %,d bytes for their keys and values, and there are %,d",
                            request.longest(),
                            blocks * blockBytes,
                            limits.cache().bytes()),
                    "a prompt of " + request.prompt().length + " tokens and " + request.maxNewTokens() + " new ones",
                    "shorten the prompt, ask for fewer new tokens or give kv_memory more");
        }
    }

    /**
     * Takes a request back, from any thread: the next step gives its memory back and tells its listener. Nothing happens
     * where it has ended.
     */
    public void cancel(Ticket ticket) {
        synchronized (lock) {
            cancelled.add((RunningRequest) ticket);
            lock.notifyAll();
        }
    }

    /** Waits until a request comes or is taken back, at most so many milliseconds; by the owner, when a step did nothing. */
    public void awaitWork(long millis) throws InterruptedException {
        long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(millis);
        synchronized (lock) {
            for (long left = millis; submitted.isEmpty() && cancelled.isEmpty() && left > 0; ) {
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
        try {
            boolean took = take();
            StepRows rows = schedule.next(() -> settle(0));
            boolean waits = !asked.isEmpty();
            if (rows.isEmpty()) {
                settle(0);
            } else {
                run(rows);
            }
            return took || waits || !rows.isEmpty();
        } catch (RuntimeException e) {
            failAll(e);
            throw e;
        } finally {
            publish();
        }
    }

    /** Takes in what came since the last step. */
    private boolean take() {
        List<RunningRequest> come;
        List<RunningRequest> gone;
        synchronized (lock) {
            come = List.copyOf(submitted);
            gone = List.copyOf(cancelled);
            submitted.clear();
            cancelled.clear();
        }
        for (RunningRequest request : come) {
            begin(request);
        }
        for (RunningRequest request : gone) {
            if (!request.isClosed()) {
                schedule.remove(request);
                request.close();
                request.listener().cancelled();
            }
        }
        return !come.isEmpty() || !gone.isEmpty();
    }

    private void begin(RunningRequest request) {
        GenerationRequest wanted = request.request();
        int longest = Math.toIntExact(wanted.longest());
        decoder.requirePositions(longest);
        if (limits.cache().asNeeded()) {
            schedule.cache().mostBlocks(limits.mostBlocks(longest, blockBytes));
        }
        if (wanted.maxNewTokens() > 0 || request.isToBeScored()) {
            schedule.add(request);
            return;
        }
        for (int sample = 0; sample < wanted.samples(); sample++) {
            end(request, sample, new Generated(new int[0], Finish.LENGTH, List.of()));
        }
    }

    private void run(StepRows rows) {
        int before = asked.size();
        if (decoding == null) {
            pass(rows);
        } else {
            if (!rows.parts().isEmpty()) {
                pass(new StepRows(rows.parts(), List.of()));
            }
            if (!rows.rows().isEmpty()) {
                decode(rows.rows());
            }
        }
        promptTokens += rows.promptTokens();
        for (PromptPart part : rows.parts()) {
            for (Sequence sequence : part.onlyReaders()) {
                sequence.endAtOnce();
                end(sequence);
            }
        }
        settle(backend.isAsynchronous() ? asked.size() - before : 0);
    }

    private void pass(StepRows rows) {
        if (last == null || !last.rows().equals(rows) || !last.canRepeat()) {
            forgetStep();
            last = new ForwardStep(decoder, schedule.cache(), schedule.slots().state(), rows);
        }
        List<Sequence> writers = rows.writers();
        try (Scope pass = new Scope("pass", backend)) {
            ForwardStep.Outcome outcome = last.run(pass);
            score(rows, outcome.hidden());
            if (!writers.isEmpty()) {
                last.choose(outcome);
                asked.add(ask(writers, outcome.logits(), outcome.chosen()));
            }
        }
    }

    private void decode(List<Sequence> rows) {
        DecodingStep step = decoding.of(rows, schedule.slots().state());
        step.run(rows);
        asked.add(ask(rows, step.logits(), step.chosen(rows.size())));
    }

    private void score(StepRows rows, Tensor hidden) {
        int first = 0;
        for (PromptPart part : rows.parts()) {
            RunningRequest owner = part.sequence().owner();
            if (owner.isToBeScored()) {
                promptScores.add(hidden, first, part);
                if (!owner.isToBeScored()) {
                    owner.listener().promptScored(List.copyOf(owner.promptScores()));
                }
            }
            first += part.count();
        }
    }

    /**
     * @param logits a row for each writer at least; may be null where nobody wants log-probabilities
     */
    private Asked ask(List<Sequence> writers, Tensor logits, Tensor chosen) {
        int[] ids = new int[writers.size()];
        float[][] wanted = new float[writers.size()][];
        List<Download> downloads = new ArrayList<>();
        for (int row = 0; row < ids.length; row++) {
            if (writers.get(row).request().wanted().ofNewTokens()) {
                wanted[row] = new float[logits.columns()];
                downloads.add(backend.beginDownload(logits.rowRange(row, 1), MemorySegment.ofArray(wanted[row])));
            }
        }
        downloads.add(backend.beginDownload(chosen, MemorySegment.ofArray(ids)));
        writers.forEach(Sequence::ask);
        return new Asked(writers, ids, wanted, downloads);
    }

    /** Looks at what was asked for, but for the last passes. */
    private void settle(int passes) {
        while (asked.size() > passes) {
            Asked pass = asked.remove();
            for (Download download : pass.downloads()) {
                try (download) {
                    download.await();
                }
            }
            for (int row = 0; row < pass.ids().length; row++) {
                Sequence sequence = pass.writers().get(row);
                if (!sequence.isFinished() && !sequence.owner().isClosed()) {
                    append(sequence, pass.ids()[row], pass.logits()[row]);
                }
            }
        }
    }

    private void append(Sequence sequence, int id, float[] logits) {
        RunningRequest owner = sequence.owner();
        ScoredToken score = logits == null || id < 0
                ? null
                : LogSoftmax.of(logits, 0, logits.length)
                        .scored(id, sequence.request().wanted().rivals());
        boolean isNew;
        try {
            isNew = sequence.append(id, score);
        } catch (RunFailedException e) {
            schedule.remove(owner);
            fail(owner, e);
            return;
        }
        if (!isNew) {
            return;
        }
        newTokens++;
        owner.listener().written(sequence.sample(), id, score);
        if (sequence.isFinished()) {
            end(sequence);
        }
    }

    private void end(Sequence sequence) {
        schedule.leave(sequence);
        end(sequence.owner(), sequence.sample(), sequence.result());
    }

    private static void end(RunningRequest request, int sample, Generated written) {
        request.listener().ended(sample, written);
        if (request.end(sample, written)) {
            request.close();
            request.listener().completed(request.result());
        }
    }

    private static void fail(RunningRequest request, ErrataException failure) {
        request.close();
        request.listener().failed(failure);
    }

    /** After a failure of a step nothing that was in the cache can be trusted. */
    private void failAll(RuntimeException cause) {
        ErrataException failure = cause instanceof ErrataException known
                ? known
                : new RunFailedException(
                        "writing failed with " + cause, "a step of the engine", "report this as a mistake", cause);
        List<RunningRequest> requests = schedule.requests();
        try {
            forgetAll(requests);
        } catch (RuntimeException beside) {
            cause.addSuppressed(beside); // what failed first is what is told
        }
        requests.forEach(request -> fail(request, failure));
    }

    private void forgetAll(List<RunningRequest> requests) {
        asked.forEach(pass -> pass.downloads().forEach(Download::close));
        asked.clear();
        forgetStep();
        if (decoding != null) {
            decoding.close();
        }
        requests.forEach(schedule::remove);
        schedule.cache().forgetKept();
    }

    private void forgetStep() {
        if (last != null) {
            last.close();
            last = null;
        }
    }

    /**
     * Answers all of these requests; by the owner.
     *
     * @return the results, in the order of the requests
     * @throws ErrataException the first failure of one of them
     */
    public List<GenerationResult> generate(List<GenerationRequest> requests) {
        List<GenerationResult> results = new ArrayList<>();
        generate(requests, (place, result) -> results.add(result));
        return results;
    }

    /** The same, with each result as soon as it and all before it are there. */
    public void generate(List<GenerationRequest> requests, OrderedResults results) {
        RequestsInOrder.answer(this, requests, results);
    }

    /** Gives up what is kept of ended requests for others that begin alike; by the owner. */
    public void forgetPrefixes() {
        schedule.cache().forgetKept();
        publish();
    }

    /** Bytes that keys and values take now, those of free blocks too; by the owner. */
    public long cacheBytes() {
        return schedule.cache().size() * blockBytes;
    }

    /** What the engine is at, as of its last step; from any thread. */
    public EngineStatus status() {
        return status;
    }

    private void publish() {
        KeyValueCache cache = schedule.cache();
        status = new EngineStatus(
                schedule.running(),
                schedule.waiting(),
                cache.held(),
                cache.kept(),
                cache.mostBlocks(),
                promptTokens,
                schedule.sharedTokens(),
                newTokens,
                schedule.putBacks());
    }

    /** Requests at work are taken back. */
    @Override
    public void close() {
        synchronized (lock) {
            schedule.requests().forEach(this::cancel);
            submitted.forEach(this::cancel);
        }
        take();
        forgetAll(List.of());
        schedule.close();
    }
}
