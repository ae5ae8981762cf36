package dev.errata.kernels.cuda;

import dev.errata.tensor.Backend;
import dev.errata.tensor.Download;
import dev.errata.tensor.HostPages;
import dev.errata.tensor.MemoryHolder;
import dev.errata.tensor.MemoryRules;
import dev.errata.tensor.Op;
import dev.errata.tensor.OperatorContract;
import dev.errata.tensor.RepeatedStep;
import dev.errata.tensor.RunFailedException;
import dev.errata.tensor.Storage;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.Set;

/**
 * Runs operators with CUDA kernels on one device, real or simulated, in the order of one stream. An operator is given to
 * the device and not waited for; {@link #download} and what {@link #beginDownload} gives wait. A fault of a kernel is told with the operator's name, by a real
 * device sometimes only at the next call that waits.
 */
public final class CudaBackend implements Backend {
    /** Each tensor has memory of its own, so that a checking driver sees what runs over its end. */
    public static final long NO_SLABS = 0;

    private final String name;
    private final CudaDriver driver;
    private final KernelLibrary library;
    private final long stream;
    private final DevicePool pool;
    private final Staging staging;
    private final Arrivals arrivals;
    private final OperatorLaunches launches;

    /**
     * @param name as in {@code --device}
     * @param driver closed with the backend
     * @param slabBytes what the pool takes from the driver at a time; or {@link #NO_SLABS}
     */
    public CudaBackend(String name, CudaDriver driver, long slabBytes) {
        this.name = name;
        this.driver = driver;
        library = new KernelLibrary(driver);
        stream = driver.createStream();
        pool = new DevicePool(driver, slabBytes);
        staging = new Staging(driver, stream);
        arrivals = new Arrivals(driver, stream);
        launches = new OperatorLaunches(library, pool, staging, stream);
    }

    @Override
    public String name() {
        return name;
    }

    /** The stream of all operators, for whoever times them by the driver's events. */
    public long stream() {
        return stream;
    }

    /** The kernels that operators were launched as so far, as {@code sm_80/norm/rms_norm_f32}. */
    public Set<String> loadedKernels() {
        return library.loaded();
    }

    @Override
    public Storage allocate(String what, long bytes) {
        return pool.allocate(what, bytes);
    }

    /** Copies to the device. */
    @Override
    public Storage adopt(MemorySegment host) {
        DeviceMemory memory = pool.allocate("adopted", host.byteSize());
        staging.upload(host, memory.address());
        return memory;
    }

    @Override
    public void free(Storage storage) {
        pool.free((DeviceMemory) storage);
    }

    /**
     * @throws IllegalArgumentException if an operand has a shape or type that the operator doesn't allow, or that no kernel
     *     takes
     * @throws CudaException if the device or the simulator reports a fault
     */
    @Override
    public synchronized void run(Op op) {
        OperatorContract.require(op);
        try {
            launches.run(op);
        } catch (CudaException e) {
            throw new CudaException(e, "operator " + op.getClass().getSimpleName());
        }
    }

    @Override
    public RepeatedStep repeated(Runnable operators) {
        CapturedStep step = new CapturedStep(driver, stream, pool, () -> launches.decoding(operators));
        return new RepeatedStep() {
            @Override
            public void run() {
                synchronized (CudaBackend.this) {
                    step.run();
                }
            }

            @Override
            public void close() {
                synchronized (CudaBackend.this) {
                    step.close();
                }
            }
        };
    }

    @Override
    public synchronized void upload(MemorySegment from, Tensor to) {
        requireSameSize(from, to);
        staging.upload(from, DeviceMemory.of(to));
    }

    @Override
    public synchronized void download(Tensor from, MemorySegment to) {
        requireSameSize(to, from);
        staging.download(DeviceMemory.of(from), to);
    }

    @Override
    public synchronized Download beginDownload(Tensor from, MemorySegment to) {
        requireSameSize(to, from);
        return arrivals.begin(DeviceMemory.of(from), to);
    }

    /** Decoding has kernels of its own, whose sums have other orders: {@link StepKind}. */
    @Override
    public boolean readsAsItWrites() {
        return false;
    }

    @Override
    public boolean isAsynchronous() {
        return true;
    }

    private static void requireSameSize(MemorySegment host, Tensor tensor) {
        if (host.byteSize() != tensor.bytes()) {
            throw new IllegalArgumentException("tensor " + tensor.name() + " has " + tensor.bytes()
                    + " bytes, the host memory " + host.byteSize());
        }
    }

    @Override
    public boolean hasHostPages() {
        return true;
    }

    @Override
    public HostPages hostPages(long bytes) {
        try {
            return new PinnedPages(driver, stream, bytes);
        } catch (CudaException e) {
            throw new RunFailedException(
                    "the host has no " + bytes + " bytes of memory to pin for pages",
                    "optimizer.paged",
                    "free some, raise the limit of locked memory, or set optimizer.paged to false",
                    e);
        }
    }

    @Override
    public long liveBytes() {
        return pool.liveBytes();
    }

    @Override
    public long peakBytes() {
        return pool.peakBytes();
    }

    @Override
    public void resetPeak() {
        pool.resetPeak();
    }

    @Override
    public long reservedBytes() {
        return pool.reservedBytes();
    }

    @Override
    public long peakReservedBytes() {
        return pool.peakReservedBytes();
    }

    @Override
    public long peakScratchBytes() {
        return pool.peakScratchBytes();
    }

    @Override
    public List<MemoryHolder> holders() {
        return pool.holders();
    }

    @Override
    public MemoryRules memoryRules() {
        return pool.rules();
    }

    @Override
    public synchronized void close() {
        driver.synchronize(stream);
        staging.close();
        arrivals.close();
        pool.close();
        library.close();
        driver.destroyStream(stream);
        driver.close();
    }
}
