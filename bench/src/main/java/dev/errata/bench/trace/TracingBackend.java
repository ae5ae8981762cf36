package dev.errata.bench.trace;

import dev.errata.bench.ops.OperatorShape;
import dev.errata.bench.ops.OperatorWork;
import dev.errata.bench.ops.SegmentLengths;
import dev.errata.bench.ops.Work;
import dev.errata.tensor.Accesses;
import dev.errata.tensor.Allocation;
import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Download;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Storage;
import dev.errata.tensor.Tensor;
import dev.errata.train.trace.OperatorTrail;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs everything on another backend and notes what ran, for how long, and what memory lived meanwhile. Where the backend is
 * asynchronous each call is waited for, so that a step takes longer than unwatched. Closes the backend below.
 */
final class TracingBackend implements ForwardingBackend {
    private final Backend inner;
    private final IdentityHashMap<Storage, Life> lives = new IdentityHashMap<>();

    private final OperatorTrail trail = new OperatorTrail();
    private final SegmentLengths lengths;
    private final byte[] probed = new byte[4];
    /** What was live at some time in the step, in the order in which it came. */
    private final Map<Life, Life> seen = new LinkedHashMap<>();

    private final List<TracedCall> calls = new ArrayList<>();
    private final boolean whole;
    private boolean loading = true;
    private boolean watches;
    private long begun;

    /** Memory on its way. */
    private static final class Life {
        private final String name;
        private final MemoryKind kind;
        private final long bytes;
        private long begun;
        private long ended = TracedMemory.NEVER;
        private int madeBy = -1;
        private List<Integer> reads = new ArrayList<>(2);

        Life(String name, MemoryKind kind, long bytes, long begun) {
            this.name = name;
            this.kind = kind;
            this.bytes = bytes;
            this.begun = begun;
        }

        /** What was there before a step begins with it. */
        void beginAnew() {
            begun = 0;
            madeBy = -1;
            reads = new ArrayList<>(2);
        }

        TracedMemory told() {
            return new TracedMemory(name, kind, bytes, begun, ended, madeBy, List.copyOf(reads));
        }
    }

    /**
     * @param whole whether all of the model is trained, for the kinds of memory
     */
    TracingBackend(Backend inner, boolean whole) {
        this.inner = inner;
        this.whole = whole;
        this.lengths = new SegmentLengths(inner);
    }

    @Override
    public Backend inner() {
        return inner;
    }

    /** The model and its optimizer are there: what is allocated from here on belongs to steps. */
    void loaded() {
        loading = false;
    }

    /** Begins to note a step. */
    void watch() {
        calls.clear();
        seen.clear();
        lives.values().forEach(life -> {
            life.beginAnew();
            seen.put(life, life);
        });
        watches = true;
        begun = System.nanoTime();
    }

    /** Ends the step. */
    StepTrace trace(int step, int threads) {
        long nanos = now();
        watches = false;
        return new StepTrace(
                step,
                inner.name(),
                threads,
                nanos,
                List.copyOf(calls),
                seen.keySet().stream().map(Life::told).toList());
    }

    private long now() {
        return watches ? System.nanoTime() - begun : 0;
    }

    @Override
    public Storage allocate(String what, long bytes) {
        Storage storage = inner.allocate(what, bytes);
        live(storage, what, bytes);
        return storage;
    }

    @Override
    public Storage adopt(MemorySegment host) {
        Storage storage = inner.adopt(host);
        live(storage, "mapped weights", host.byteSize());
        return storage;
    }

    private void live(Storage storage, String what, long bytes) {
        Life life = new Life(what, MemoryKind.of(what, loading, whole), bytes, now());
        lives.put(storage, life);
        if (watches) {
            seen.put(life, life);
        }
    }

    @Override
    public void free(Storage storage) {
        Life life = lives.remove(storage);
        if (life != null && watches) {
            life.ended = now();
        }
        inner.free(storage);
    }

    @Override
    public void run(Op op) {
        if (!watches) {
            inner.run(op);
            return;
        }
        Accesses accesses = Accesses.of(op);
        trail.follow(op, accesses);
        String shape = OperatorShape.of(op);
        Work has = OperatorWork.of(op, accesses, lengths);
        note(accesses);
        long from = System.nanoTime();
        inner.run(op);
        settle(accesses.writes().getFirst());
        add(op.getClass().getSimpleName(), shape, from, has);
    }

    private void note(Accesses accesses) {
        int call = calls.size();
        for (Tensor tensor : accesses.reads()) {
            Life life = life(tensor.allocation());
            if (life != null) {
                life.reads.add(call);
            }
        }
        for (Tensor tensor : accesses.writes()) {
            Life life = life(tensor.allocation());
            if (life != null && life.madeBy < 0) {
                life.madeBy = call;
            }
        }
    }

    private Life life(Allocation allocation) {
        return lives.get(allocation.storage());
    }

    private void add(String name, String shape, long from, Work has) {
        long nanos = System.nanoTime() - from;
        calls.add(new TracedCall(name, trail.phase(), trail.place(), shape, from - begun, nanos, has));
    }

    @Override
    public void upload(MemorySegment from, Tensor to) {
        long start = System.nanoTime();
        inner.upload(from, to);
        if (watches) {
            settle(to);
            add("upload", to.toString(), start, new Work(0, to.bytes()));
        }
    }

    @Override
    public void download(Tensor from, MemorySegment to) {
        long start = System.nanoTime();
        inner.download(from, to);
        if (watches) {
            add("download", from.toString(), start, new Work(0, from.bytes()));
        }
    }

    /** Watched, it is done at once. */
    @Override
    public Download beginDownload(Tensor from, MemorySegment to) {
        if (!watches) {
            return inner.beginDownload(from, to);
        }
        download(from, to);
        return Download.DONE;
    }

    /** Waits until what was given to the backend is done. */
    private void settle(Tensor written) {
        if (inner.isAsynchronous() && written.bytes() >= probed.length) {
            Tensor first = written.window("probe", DType.U8, 0, probed.length);
            inner.download(first, MemorySegment.ofArray(probed));
        }
    }
}
