package dev.errata.kernels.cuda;

import java.lang.foreign.MemorySegment;

/**
 * The part of the CUDA driver API that the backend needs, with two implementations: the real driver and the PTX
 * simulator. Addresses are device addresses; streams, events, modules, functions and graphs are opaque handles, 0 is the
 * null stream. A call that fails throws a {@link CudaException} with CUDA's own name of the error. One context, made
 * with the driver; every thread may call.
 */
public interface CudaDriver extends AutoCloseable {
    DeviceProperties properties();

    /** Bytes of device memory that nobody holds. */
    long freeBytes();

    /** Device memory with undefined contents, aligned to 256 bytes; {@code bytes} at least 1. */
    long allocate(long bytes);

    void free(long address);

    /** Page-locked host memory, which copies don't have to stage; lives until {@link #freePinned}. */
    MemorySegment allocatePinned(long bytes);

    void freePinned(MemorySegment memory);

    /** Copies native host memory to the device; the host memory must not change until the stream is past it. */
    void upload(MemorySegment from, long to, long stream);

    /** Copies to native host memory; to be read once the stream is past it. */
    void download(long from, MemorySegment to, long stream);

    /** Copies within the device; the ranges don't overlap. */
    void copy(long from, long to, long bytes, long stream);

    void fill(long address, byte value, long bytes, long stream);

    /**
     * @param name of the file, for messages
     * @param image PTX in ASCII, or a cubin
     */
    long load(String name, byte[] image);

    void unload(long module);

    long function(long module, String name);

    FunctionAttributes attributes(long function);

    /** Allows a function more dynamic shared memory than 48 KiB. */
    void allowDynamicShared(long function, int bytes);

    void launch(long function, Launch launch, KernelArguments arguments, long stream);

    long createStream();

    void destroyStream(long stream);

    /** Waits on the host until the stream has done all it was given. */
    void synchronize(long stream);

    long createEvent();

    void destroyEvent(long event);

    /** The event happens when the stream has done what it was given so far. */
    void record(long event, long stream);

    /** What the stream is given from here on starts after the event. */
    void await(long stream, long event);

    /** Waits on the host for the event. */
    void synchronizeEvent(long event);

    /** Milliseconds between two events that have happened. */
    float milliseconds(long from, long to);

    /** What the stream is given from here on is kept instead of done, until {@link #endCapture}. */
    void beginCapture(long stream);

    /** The kept work as a graph that {@link #replay} does any number of times. */
    long endCapture(long stream);

    void replay(long graph, long stream);

    void destroyGraph(long graph);

    /** The 128 bytes that a kernel takes as {@code const __grid_constant__ CUtensorMap}. */
    MemorySegment tensorMap(TensorMap map);

    @Override
    void close();
}
