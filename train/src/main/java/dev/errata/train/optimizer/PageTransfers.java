package dev.errata.train.optimizer;

import dev.errata.tensor.RunFailedException;
import dev.errata.train.trace.PageEvent;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * Moves pages between the file and two pages of host memory, one for each direction, on a thread of its own and in the
 * order of the calls. Called by one thread.
 */
final class PageTransfers implements AutoCloseable {
    /** Pages of host memory that they go through. */
    static final int PAGES = 2;

    private final PageFile file;
    private final PageLayout layout;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment incoming;
    private final MemorySegment outgoing;
    private final ExecutorService thread = Executors.newSingleThreadExecutor(
            work -> Thread.ofPlatform().daemon().name("optimizer-pages").unstarted(work));
    private CompletableFuture<Void> reading = CompletableFuture.completedFuture(null);
    private CompletableFuture<Void> writing = CompletableFuture.completedFuture(null);
    private int ahead = -1;
    private long taken;
    private long waits;
    private long bytesIn;
    private long bytesOut;

    /**
     * @param file closed with this
     */
    PageTransfers(PageFile file, PageLayout layout, long pageBytes) {
        this.file = file;
        this.layout = layout;
        this.incoming = arena.allocate(pageBytes, 64);
        this.outgoing = arena.allocate(pageBytes, 64);
    }

    /** Begins to read a page. What {@link #take} gave before is overwritten. */
    void readAhead(int page) {
        ahead = page;
        reading = submit(
                page,
                false,
                () -> layout.stretches(
                        layout.pages().get(page),
                        (inFile, inPage, bytes) -> MemorySegment.copy(file.memory(), inFile, incoming, inPage, bytes)));
    }

    /** A page's bytes, once they are there. */
    MemorySegment take(int page) {
        boolean inTime = ahead == page && reading.isDone();
        if (ahead != page) {
            await(reading);
            readAhead(page);
        }
        if (!inTime) {
            waits++;
        }
        await(reading);
        ahead = -1;
        taken++;
        MemorySegment bytes = incoming.asSlice(0, layout.pages().get(page).bytes());
        bytesIn += bytes.byteSize();
        return bytes;
    }

    /** Where to put a page's bytes that are to be written. */
    MemorySegment room(int page) {
        await(writing);
        return outgoing.asSlice(0, layout.pages().get(page).bytes());
    }

    /** Begins to write what was put into the room. */
    void writeBehind(int page) {
        bytesOut += layout.pages().get(page).bytes();
        writing = submit(
                page,
                true,
                () -> layout.stretches(
                        layout.pages().get(page),
                        (inFile, inPage, bytes) -> MemorySegment.copy(outgoing, inPage, file.memory(), inFile, bytes)));
    }

    /** Part of a run's state in the file, once all is written. */
    MemorySegment inFile(int run, int part) {
        await(writing);
        return file.memory().asSlice(layout.offset(run, part), layout.bytes(run, part));
    }

    /** What was read ahead holds no longer. */
    void forget() {
        await(reading);
        ahead = -1;
    }

    long taken() {
        return taken;
    }

    long waits() {
        return waits;
    }

    long bytesIn() {
        return bytesIn;
    }

    long bytesOut() {
        return bytesOut;
    }

    private CompletableFuture<Void> submit(int page, boolean written, Runnable work) {
        return CompletableFuture.runAsync(
                () -> {
                    PageEvent event = new PageEvent();
                    event.begin();
                    work.run();
                    event.page = page;
                    event.written = written;
                    event.commit();
                },
                thread);
    }

    /** A disk that fails under a mapped file shows as an error of the access. */
    private void await(CompletableFuture<Void> transfer) {
        try {
            transfer.join();
        } catch (CompletionException e) {
            throw new RunFailedException(
                    "pages of optimizer states can't be moved",
                    file.path().toString(),
                    "check the disk and run the same command again",
                    e.getCause());
        }
    }

    @Override
    public void close() {
        thread.close();
        arena.close();
        file.close();
    }
}
