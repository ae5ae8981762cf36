package dev.errata.kernels.cuda;

import dev.errata.tensor.Download;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/** Copies to the host that go on while the host does other things, each into pinned memory of its own that is used again. */
final class Arrivals implements AutoCloseable {
    private static final long LEAST_BYTES = 4096;

    private final CudaDriver driver;
    private final long stream;
    private final List<Landing> all = new ArrayList<>();
    private final List<Landing> free = new ArrayList<>();

    /** Pinned memory, and the event after which it holds what was asked for. */
    private record Landing(MemorySegment memory, long arrived) {}

    Arrivals(CudaDriver driver, long stream) {
        this.driver = driver;
        this.stream = stream;
    }

    /** Begins a copy in the order of the stream. */
    synchronized Download begin(long from, MemorySegment to) {
        if (to.byteSize() == 0) {
            return Download.DONE;
        }
        Landing landing = landing(to.byteSize());
        MemorySegment pinned = landing.memory().asSlice(0, to.byteSize());
        driver.download(from, pinned, stream);
        driver.record(landing.arrived(), stream);
        return new Download() {
            private boolean open = true;

            @Override
            public void await() {
                if (open) {
                    driver.synchronizeEvent(landing.arrived());
                    to.copyFrom(pinned);
                    close();
                }
            }

            // The memory may be used again at once: what comes into it comes in the order of the stream.
            @Override
            public void close() {
                if (open) {
                    open = false;
                    release(landing);
                }
            }
        };
    }

    private Landing landing(long bytes) {
        for (Landing landing : free) {
            if (landing.memory().byteSize() >= bytes) {
                free.remove(landing);
                return landing;
            }
        }
        long size = Math.max(LEAST_BYTES, Long.highestOneBit(2 * bytes - 1));
        Landing landing = new Landing(driver.allocatePinned(size), driver.createEvent());
        all.add(landing);
        return landing;
    }

    private synchronized void release(Landing landing) {
        free.add(landing);
    }

    @Override
    public synchronized void close() {
        for (Landing landing : all) {
            driver.freePinned(landing.memory());
            driver.destroyEvent(landing.arrived());
        }
        all.clear();
        free.clear();
    }
}
