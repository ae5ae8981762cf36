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
 * Moments in pages of a file, of which only as many are in memory as the budget allows. An update goes through all pages
 * in one order, for which keeping some for good is best: the first ones stay, the others stream through one page of the
 * backend's memory. While a page is worked on, the next one is read into host memory and the one before is written from
 * there to the file by another thread.
 */
final class PagedStates implements StateStore {
    private final Backend backend;
    private final PageLayout layout;
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
     * @param file becomes the page file
     */
    PagedStates(List<Parameter> parameters, Scope scope, PageBudget budget, Path file) {
        this.backend = scope.backend();
        this.pageBytes = budget.pageBytes();
        this.layout = layout(parameters, budget);
        List<PageLayout.Page> pages = layout.pages();
        this.kept = kept(layout, budget);
        this.loaded = new boolean[pages.size()];
        this.changed = new boolean[pages.size()];
        StateMaps maps = StateMaps.in(scope);
        Tensor streamed = scope.allocate("streamed page of moments", DType.U8, pageBytes);
        for (int page = 0; page < pages.size(); page++) {
            Tensor frame = page < kept ? scope.allocate("page of moments", DType.U8, pageBytes) : streamed;
            long bytes = pages.get(page).bytes();
            memory.add(frame.window(frame.name(), DType.U8, 0, bytes));
            List<StatePiece> here = new ArrayList<>();
            for (PageLayout.Slot slot : pages.get(page).slots()) {
                Parameter parameter = parameters.get(slot.parameter());
                here.add(new StatePiece(
                        run(parameter.value(), slot),
                        run(parameter.gradient(), slot),
                        parameter.format().in(frame, slot.at(), slot.count(), maps)));
            }
            pieces.add(here);
        }
        this.transfers = new PageTransfers(new PageFile(file, layout.fileBytes()), layout, pageBytes);
    }

    static PageLayout layout(List<Parameter> parameters, PageBudget budget) {
        return new PageLayout(
                parameters.stream().map(Parameter::format).toList(),
                parameters.stream()
                        .mapToLong(parameter -> parameter.value().elements())
                        .toArray(),
                budget.pageBytes());
    }

    /** All but those in motion; at least two stream, so that none is read before it was written. */
    static int kept(PageLayout layout, PageBudget budget) {
        return Math.clamp(layout.pages().size() - 2L, 0, budget.pages() - PageBudget.IN_MOTION);
    }

    private static Tensor run(Tensor whole, PageLayout.Slot slot) {
        return whole.window(whole.name(), DType.F32, slot.from() * Float.BYTES, slot.count());
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
    public MemorySegment read(int parameter, int part, Arena arena) {
        flush();
        return transfers.inFile(parameter, part).asReadOnly();
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
    public void write(int parameter, int part, MemorySegment from) {
        flush();
        transfers.forget();
        Arrays.fill(loaded, false);
        transfers.inFile(parameter, part).copyFrom(from);
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
        transfers.close();
    }
}
