package dev.errata.train.optimizer;

import dev.errata.tensor.Backend;
import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * State in pages of a file, of which only as many are in memory as the budget allows. An update goes through all pages
 * in one order, for which keeping some for good is best: the first ones stay, the others stream through one page of the
 * backend's memory. While a page is worked on, the next one is read into host memory and the one before is written from
 * there to the file by another thread.
 */
final class PagedStates implements StateStore {
    private final Backend backend;
    private final PageTransfers transfers;
    /** Pages that stay in memory: 0 to kept − 1. */
    private final int kept;

    private final boolean[] loaded;
    private final boolean[] changed;
    /** For each page its memory on the device and its pieces there; streamed pages share one. */
    private final List<Tensor> memory = new ArrayList<>();

    private final List<List<StatePiece>> pieces = new ArrayList<>();
    private final long pageBytes;
    private long hits;

    /**
     * @param scope holds the pages that are in memory
     * @param file becomes the page file; null for a plan, in which nothing is moved
     */
    PagedStates(List<ParameterRun> runs, Scope scope, PageBudget budget, PageLayout layout, Path file) {
        this.backend = scope.backend();
        this.pageBytes = budget.pageBytes();
        List<PageLayout.Page> pages = layout.pages();
        this.kept = kept(layout, budget);
        this.loaded = new boolean[pages.size()];
        this.changed = new boolean[pages.size()];
        Tensor streamed = scope.allocate("streamed page of optimizer state", DType.U8, pageBytes);
        for (int page = 0; page < pages.size(); page++) {
            Tensor frame = page < kept ? scope.allocate("page of optimizer state", DType.U8, pageBytes) : streamed;
            long bytes = pages.get(page).bytes();
            memory.add(frame.window(frame.name(), DType.U8, 0, bytes));
            pieces.add(pages.get(page).pieces(runs, frame));
        }
        this.transfers =
                file == null ? null : new PageTransfers(new PageFile(file, layout.fileBytes()), layout, pageBytes);
    }

    /** All but those in motion; at least two stream, so that none is read before it was written. */
    static int kept(PageLayout layout, PageBudget budget) {
        return Math.clamp(layout.pages().size() - 2L, 0, budget.pages() - PageBudget.IN_MOTION);
    }

    @Override
    public void forEach(Consumer<StatePiece> update) {
        for (int page = 0; page < pieces.size(); page++) {
            bringIn(page);
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
        backend.upload(transfers.take(page), memory.get(page));
        loaded[page] = page < kept;
        int next = page + 1 < pieces.size() ? page + 1 : kept;
        if (next != page && !loaded[next]) {
            transfers.readAhead(next);
        }
    }

    private void takeOut(int page) {
        backend.download(memory.get(page), transfers.room(page));
        transfers.writeBehind(page);
        changed[page] = false;
    }

    @Override
    public MemorySegment read(Parameter parameter, int part, Arena arena) {
        flush();
        return inFile(parameter, part).asReadOnly();
    }

    /** Brings the file up to date. */
    private void flush() {
        for (int page = 0; page < kept; page++) {
            if (changed[page]) {
                takeOut(page);
            }
        }
    }

    @Override
    public void write(Parameter parameter, int part, MemorySegment from) {
        flush();
        transfers.forget();
        Arrays.fill(loaded, false);
        inFile(parameter, part).copyFrom(from);
    }

    private MemorySegment inFile(Parameter parameter, int part) {
        StatePart kind = parameter.format().parts().get(part);
        return transfers
                .inFile(parameter.run(), part)
                .asSlice(
                        kind.bytes(parameter.from()),
                        kind.bytes(parameter.value().elements()));
    }

    @Override
    public long hostBytes() {
        return PageTransfers.PAGES * pageBytes;
    }

    @Override
    public Paging paging() {
        return new Paging(
                pieces.size(),
                pageBytes,
                hits,
                transfers.taken(),
                transfers.waits(),
                transfers.bytesIn(),
                transfers.bytesOut());
    }

    @Override
    public void close() {
        if (transfers != null) {
            transfers.close();
        }
    }
}
