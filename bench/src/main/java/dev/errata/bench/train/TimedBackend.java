package dev.errata.bench.train;

import dev.errata.bench.measure.HeapCounter;
import dev.errata.bench.ops.OperatorShape;
import dev.errata.bench.ops.OperatorWork;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Download;
import dev.errata.tensor.ForwardingBackend;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Runs operators on another backend and takes the time and the heap bytes of each kind, and of what crosses between host and
 * backend. Watching costs about 2 microseconds a call and, unless shapes are told apart, no heap. Where the backend is
 * asynchronous it also waits after every call, by a download of four bytes, so that a step takes longer than unwatched. Closes
 * the backend below.
 */
final class TimedBackend implements ForwardingBackend {
    private final Backend inner;
    private final boolean byShape;
    /** By the operator's class, or by a text. */
    private final Map<Object, OperatorTally> tallies = new LinkedHashMap<>();

    private final Scope scope;
    private final Tensor probe;
    private final float[] probed = new float[1];
    private boolean watches;

    /**
     * @param byShape tells calls of an operator at different shapes apart
     */
    TimedBackend(Backend inner, boolean byShape) {
        this.inner = inner;
        this.byShape = byShape;
        this.scope = new Scope("watch", inner);
        this.probe = scope.floats("probe", probed, 1);
    }

    @Override
    public Backend inner() {
        return inner;
    }

    /** Begins to watch, from nothing. */
    void watch() {
        tallies.clear();
        settle();
        watches = true;
    }

    /** What was seen since. */
    Collection<OperatorTally> seen() {
        return tallies.values();
    }

    @Override
    public void run(Op op) {
        if (!watches) {
            inner.run(op);
            return;
        }
        String name = op.getClass().getSimpleName();
        OperatorTally tally = byShape ? tally(name + " " + OperatorShape.of(op), "") : tally(op.getClass(), name);
        double operations = OperatorWork.ofProduct(op);
        long heap = HeapCounter.bytes();
        long begun = System.nanoTime();
        inner.run(op);
        settle();
        tally.add(System.nanoTime() - begun, HeapCounter.bytes() - heap, operations);
    }

    @Override
    public void upload(MemorySegment from, Tensor to) {
        long heap = HeapCounter.bytes();
        long begun = System.nanoTime();
        inner.upload(from, to);
        crossed("upload", begun, heap);
    }

    @Override
    public void download(Tensor from, MemorySegment to) {
        long heap = HeapCounter.bytes();
        long begun = System.nanoTime();
        inner.download(from, to);
        crossed("download", begun, heap);
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

    private void crossed(String name, long begun, long heap) {
        if (watches) {
            settle();
            tally(name, name).add(System.nanoTime() - begun, HeapCounter.bytes() - heap, 0);
        }
    }

    private OperatorTally tally(Object key, String name) {
        OperatorTally tally = tallies.get(key);
        if (tally == null) {
            tally = new OperatorTally(name.isEmpty() ? key.toString() : name);
            tallies.put(key, tally);
        }
        return tally;
    }

    private void settle() {
        if (inner.isAsynchronous()) {
            inner.download(probe, MemorySegment.ofArray(probed));
        }
    }

    @Override
    public void close() {
        scope.close();
        inner.close();
    }
}
