package dev.errata.kernels.cuda;

import dev.errata.tensor.Allocation;
import dev.errata.tensor.HostPages;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.IdentityHashMap;

/**
 * Pinned host memory with a stream for each direction beside the operators' own. What follows what is told by events, so that
 * the host never waits while pages stream:
 *
 * <pre>
 * in    | page 1 | page 2 | page 3 |
 * own            | page 1 | page 2 | page 3 |
 * out                     | page 1 | page 2 | page 3 |
 * </pre>
 */
final class PinnedPages implements HostPages {
    private final CudaDriver driver;
    private final long operators;
    private final MemorySegment memory;
    private final long in;
    private final long out;
    private final long broughtIn;
    private final long done;
    /** By the memory of what was taken out, when all of it had left. */
    private final IdentityHashMap<Allocation, Long> left = new IdentityHashMap<>();

    /**
     * @param operators the stream that operators are given to
     */
    PinnedPages(CudaDriver driver, long operators, long bytes) {
        this.driver = driver;
        this.operators = operators;
        memory = driver.allocatePinned(bytes);
        memory.fill((byte) 0);
        in = driver.createStream();
        out = driver.createStream();
        broughtIn = driver.createEvent();
        done = driver.createEvent();
    }

    @Override
    public MemorySegment memory() {
        return memory;
    }

    @Override
    public void bringIn(long from, Tensor to) {
        Long before = left.get(to.allocation());
        if (before != null) {
            driver.await(in, before);
        }
        driver.upload(memory.asSlice(from, to.bytes()), DeviceMemory.of(to), in);
        driver.record(broughtIn, in);
    }

    @Override
    public void arrive() {
        driver.await(operators, broughtIn);
    }

    @Override
    public void takeOut(Tensor from, long to) {
        driver.record(done, operators);
        driver.await(out, done);
        driver.download(DeviceMemory.of(from), memory.asSlice(to, from.bytes()), out);
        driver.record(left.computeIfAbsent(from.allocation(), key -> driver.createEvent()), out);
    }

    @Override
    public void await() {
        driver.synchronize(in);
        driver.synchronize(out);
    }

    @Override
    public void close() {
        await();
        driver.synchronize(operators);
        left.values().forEach(driver::destroyEvent);
        driver.destroyEvent(broughtIn);
        driver.destroyEvent(done);
        driver.destroyStream(in);
        driver.destroyStream(out);
        driver.freePinned(memory);
    }
}
