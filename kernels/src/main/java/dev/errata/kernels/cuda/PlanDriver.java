package dev.errata.kernels.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.Map;

/**
 * A driver of a device that isn't there: it gives out addresses until the device would be full, takes every launch and copy,
 * and does none. So the backend on it holds, for a run of any size, what it would hold on the device: tensors, scratch of
 * operators, and what slabs lose.
 */
public final class PlanDriver implements CudaDriver {
    private static final long ALIGNMENT = 256;
    /** What a kernel could need of a block at most; none is asked for more. */
    private static final FunctionAttributes ATTRIBUTES = new FunctionAttributes(0, 0, 0, 1024);

    private final DeviceProperties properties;
    private final Map<Long, Long> blocks = new HashMap<>();
    private final Arena pinned = Arena.ofShared();
    private long takenBytes;
    private long nextAddress = ALIGNMENT;
    private long nextHandle = 1;

    public PlanDriver(DeviceProperties properties) {
        this.properties = properties;
    }

    @Override
    public DeviceProperties properties() {
        return properties;
    }

    @Override
    public synchronized long freeBytes() {
        return properties.memoryBytes() - takenBytes;
    }

    @Override
    public synchronized long allocate(long bytes) {
        if (bytes > freeBytes()) {
            throw new CudaException(
                    "CUDA_ERROR_OUT_OF_MEMORY", bytes + " bytes of device memory, " + freeBytes() + " are free");
        }
        long address = nextAddress;
        nextAddress += (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
        blocks.put(address, bytes);
        takenBytes += bytes;
        return address;
    }

    @Override
    public synchronized void free(long address) {
        takenBytes -= blocks.remove(address);
    }

    @Override
    public MemorySegment allocatePinned(long bytes) {
        return pinned.allocate(bytes);
    }

    @Override
    public void freePinned(MemorySegment memory) {}

    @Override
    public void upload(MemorySegment from, long to, long stream) {}

    @Override
    public void download(long from, MemorySegment to, long stream) {
        to.fill((byte) 0);
    }

    @Override
    public void copy(long from, long to, long bytes, long stream) {}

    @Override
    public void fill(long address, byte value, long bytes, long stream) {}

    @Override
    public long load(String name, byte[] image) {
        return handle();
    }

    @Override
    public void unload(long module) {}

    @Override
    public long function(long module, String name) {
        return handle();
    }

    private synchronized long handle() {
        return nextHandle++;
    }

    @Override
    public FunctionAttributes attributes(long function) {
        return ATTRIBUTES;
    }

    @Override
    public void allowDynamicShared(long function, int bytes) {}

    @Override
    public void launch(long function, Launch launch, KernelArguments arguments, long stream) {}

    @Override
    public long createStream() {
        return handle();
    }

    @Override
    public void destroyStream(long stream) {}

    @Override
    public void synchronize(long stream) {}

    @Override
    public long createEvent() {
        return handle();
    }

    @Override
    public void destroyEvent(long event) {}

    @Override
    public void record(long event, long stream) {}

    @Override
    public void await(long stream, long event) {}

    @Override
    public void synchronizeEvent(long event) {}

    @Override
    public float milliseconds(long from, long to) {
        return 0;
    }

    @Override
    public void beginCapture(long stream) {}

    @Override
    public long endCapture(long stream) {
        return handle();
    }

    @Override
    public void replay(long graph, long stream) {}

    @Override
    public void destroyGraph(long graph) {}

    @Override
    public MemorySegment tensorMap(TensorMap map) {
        return MemorySegment.ofArray(new long[TensorMapEncoder.BYTES / Long.BYTES]);
    }

    @Override
    public void close() {
        pinned.close();
    }
}
