package dev.errata.tensor.sampling;

import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.SamplingRules;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.TokenHistory;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * What {@link Op.SampleTokens} reads of sequences that come and go: each has a slot, which is written when it comes. After
 * that its own operator appends the tokens, so nothing of this is uploaded again.
 */
public final class SamplingSlots implements AutoCloseable {
    private final Backend backend;
    private final Scope scope;
    private final Tensor settings;
    private final Tensor keys;
    private final Tensor parts;
    private final Tensor lengths;
    /** Of each slot the forbidden tokens that it was written with. */
    private final int[][] forbidden;

    private final boolean[] written;

    private Scope histories;
    private Tensor history;
    private Scope lists;
    private Tensor list;
    private SamplingState state;

    /** Slots in which nothing is written. */
    public SamplingSlots(Backend backend, int slots) {
        this.backend = backend;
        this.scope = new Scope("sampling slots", backend);
        this.settings = scope.allocate("sampling settings", DType.F64, slots, SamplingRules.SETTINGS);
        this.keys = scope.allocate("random keys", DType.I64, slots, SamplingRules.KEYS);
        this.parts = scope.allocate("parts of forbidden tokens", DType.I32, slots, 2);
        this.lengths = scope.ids("history lengths", new int[slots]);
        this.forbidden = new int[slots][0];
        this.written = new boolean[slots];
        this.histories = new Scope("histories", backend);
        this.history = histories.allocate("history", DType.I32, slots, 1);
        this.lists = new Scope("forbidden tokens", backend);
        writeLists();
    }

    /** The slots as operators take them; others once one of them has been written. */
    public SamplingState state() {
        if (state == null) {
            state = new SamplingState(
                    new TokenHistory(history, lengths), new SamplingRules(settings, keys, list, parts));
        }
        return state;
    }

    /**
     * Begins a sequence in a slot, whatever was in it.
     *
     * @param longest tokens that it may have at last
     */
    public void write(int slot, SampleRequest request, int longest) {
        reserve(longest);
        written[slot] = true;
        upload(MemorySegment.ofArray(request.history()), history, slot, request.history().length);
        upload(MemorySegment.ofArray(new int[] {request.history().length}), lengths, slot, 1);
        upload(MemorySegment.ofArray(SamplingState.settings(request)), settings, slot, SamplingRules.SETTINGS);
        upload(MemorySegment.ofArray(SamplingState.key(request)), keys, slot, SamplingRules.KEYS);
        if (!Arrays.equals(forbidden[slot], request.forbidden())) {
            forbidden[slot] = request.forbidden();
            writeLists();
        }
    }

    /** Copies a row's first elements. */
    private void upload(MemorySegment from, Tensor to, int row, int count) {
        long stride = to.shape().rank() == 1 ? 1 : to.columns();
        backend.upload(
                from, to.window(to.name(), to.dtype(), row * stride * to.dtype().bytes(), count));
    }

    /** All histories move where one of them may become longer than there is room for. */
    private void reserve(int longest) {
        if (longest <= history.columns()) {
            return;
        }
        int slots = forbidden.length;
        int capacity = Math.max(longest, (int) Math.min(Integer.MAX_VALUE, 2L * history.columns()));
        Scope larger = new Scope("histories", backend);
        Tensor moved = larger.allocate("history", DType.I32, slots, capacity);
        for (int slot = 0; slot < slots; slot++) {
            if (written[slot]) {
                backend.run(new Op.Copy(row(history, slot, history.columns()), row(moved, slot, history.columns())));
            }
        }
        histories.close();
        histories = larger;
        history = moved;
        state = null;
    }

    private static Tensor row(Tensor history, int slot, int count) {
        return history.window("history", DType.I32, (long) slot * history.columns() * Integer.BYTES, count);
    }

    /** Those of all slots anew, each list once. */
    private void writeLists() {
        int[] all = new int[0];
        int[] ends = new int[2 * forbidden.length];
        for (int slot = 0; slot < forbidden.length; slot++) {
            int same = 0;
            while (!Arrays.equals(forbidden[same], forbidden[slot])) {
                same++;
            }
            ends[2 * slot] = same < slot ? ends[2 * same] : all.length;
            ends[2 * slot + 1] = ends[2 * slot] + forbidden[slot].length;
            if (same == slot) {
                int from = all.length;
                all = Arrays.copyOf(all, from + forbidden[slot].length);
                System.arraycopy(forbidden[slot], 0, all, from, forbidden[slot].length);
            }
        }
        lists.close();
        lists = new Scope("forbidden tokens", backend);
        list = lists.ids("forbidden tokens", all);
        backend.upload(MemorySegment.ofArray(ends), parts);
        state = null;
    }

    @Override
    public void close() {
        lists.close();
        histories.close();
        scope.close();
    }
}
