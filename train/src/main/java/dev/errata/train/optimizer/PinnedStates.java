package dev.errata.train.optimizer;

import dev.errata.tensor.DType;
import dev.errata.tensor.HostPages;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * State in pages of the host's memory beside a device's, of which only as many are on the device as the budget allows. The first
 * ones stay, as with {@link PagedStates}; the others go through a few frames in turn: while one is worked on, the next
 * comes in and the one before goes out. In the host's memory state lies as in a page file, so as in a checkpoint.
 */
final class PinnedStates implements StateStore {
    private final PageLayout layout;
    private final HostPages host;
    /** Pages that stay on the device: 0 to kept − 1. */
    private final int kept;

    private final boolean[] loaded;
    private final boolean[] changed;
    /** For each page its memory on the device and its pieces there; streamed pages share frames. */
    private final List<Tensor> frames = new ArrayList<>();

    private final List<List<StatePiece>> pieces = new ArrayList<>();
    private final long pageBytes;
    private long hits;
    private long misses;
    private long bytesIn;
    private long bytesOut;

    /**
     * @param scope holds the pages that are on the device
     * @param host of the layout's bytes; closed with this. Null for a plan, in which nothing is moved
     */
    PinnedStates(List<ParameterRun> runs, Scope scope, PageBudget budget, PageLayout layout, HostPages host) {
        this.layout = layout;
        this.host = host;
        this.pageBytes = budget.pageBytes();
        this.kept = PagedStates.kept(layout, budget);
        int count = layout.pages().size();
        this.loaded = new boolean[count];
        this.changed = new boolean[count];
        List<Tensor> streamed = new ArrayList<>();
        for (int frame = 0; frame < PageBudget.IN_MOTION; frame++) {
            streamed.add(scope.allocate("streamed page of optimizer state", DType.U8, pageBytes));
        }
        for (int page = 0; page < count; page++) {
            Tensor frame = page < kept
                    ? scope.allocate("page of optimizer state", DType.U8, pageBytes)
                    : streamed.get((page - kept) % PageBudget.IN_MOTION);
            frames.add(frame);
            pieces.add(layout.pages().get(page).pieces(runs, frame));
        }
    }

    @Override
    public void forEach(Consumer<StatePiece> update) {
        bringIn(0);
        for (int page = 0; page < pieces.size(); page++) {
            host.arrive();
            if (page + 1 < pieces.size()) {
                bringIn(page + 1);
            }
            pieces.get(page).forEach(update);
            changed[page] = true;
            if (page >= kept) {
                takeOut(page);
            }
        }
    }

    private void bringIn(int page) {
        if (loaded[page]) {
            hits++;
            return;
        }
        misses++;
        bytesIn += layout.pages().get(page).bytes();
        layout.stretches(
                layout.pages().get(page),
                (inFile, inPage, bytes) -> host.bringIn(inFile, part(frames.get(page), inPage, bytes)));
        loaded[page] = page < kept;
    }

    private void takeOut(int page) {
        bytesOut += layout.pages().get(page).bytes();
        layout.stretches(
                layout.pages().get(page),
                (inFile, inPage, bytes) -> host.takeOut(part(frames.get(page), inPage, bytes), inFile));
        changed[page] = false;
    }

    private static Tensor part(Tensor frame, long from, long bytes) {
        return frame.window(frame.name(), DType.U8, from, bytes);
    }

    @Override
    public MemorySegment read(Parameter parameter, int part, Arena arena) {
        flush();
        return inHost(parameter, part).asReadOnly();
    }

    /** Brings the host's memory up to date. */
    private void flush() {
        for (int page = 0; page < kept; page++) {
            if (changed[page]) {
                takeOut(page);
            }
        }
        host.await();
    }

    @Override
    public void write(Parameter parameter, int part, MemorySegment from) {
        flush();
        Arrays.fill(loaded, false);
        inHost(parameter, part).copyFrom(from);
    }

    private MemorySegment inHost(Parameter parameter, int part) {
        StatePart kind = parameter.format().parts().get(part);
        return host.memory()
                .asSlice(
                        layout.offset(parameter.run(), part) + kind.bytes(parameter.from()),
                        kind.bytes(parameter.value().elements()));
    }

    @Override
    public long hostBytes() {
        return layout.fileBytes();
    }

    /** The host waits for no page: the device's streams do. */
    @Override
    public Paging paging() {
        return new Paging(pieces.size(), pageBytes, hits, misses, 0, bytesIn, bytesOut);
    }

    @Override
    public void close() {
        if (host != null) {
            host.close();
        }
    }
}
