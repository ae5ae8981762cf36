package dev.errata.kernels.cuda;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import jcuda.Pointer;
import jcuda.driver.CUcontext;
import jcuda.driver.CUdevice;
import jcuda.driver.CUdevice_attribute;
import jcuda.driver.CUevent;
import jcuda.driver.CUfunction;
import jcuda.driver.CUfunction_attribute;
import jcuda.driver.CUgraph;
import jcuda.driver.CUgraphExec;
import jcuda.driver.CUjit_option;
import jcuda.driver.CUmodule;
import jcuda.driver.CUresult;
import jcuda.driver.CUstream;
import jcuda.driver.CUstreamCaptureMode;
import jcuda.driver.CUstream_flags;
import jcuda.driver.JCudaDriver;
import jcuda.driver.JITOptions;

/**
 * The driver of the first NVIDIA device, through JCuda and, for what JCuda lacks, the foreign function API. It needs
 * {@code libcuda.so.1} of driver 525 (CUDA 12.0) or later and nothing else.
 */
public final class NativeDriver implements CudaDriver {
    private static final int LOG_BYTES = 16 * 1024;
    private static final ThreadLocal<LaunchSpace> SPACE = ThreadLocal.withInitial(LaunchSpace::new);

    /** The first device, once somebody has asked. */
    private static DeviceProperties described;

    private final CUdevice device = new CUdevice();
    private final CUcontext context = new CUcontext();
    private final Handles<CUmodule> modules = new Handles<>();
    private final Handles<CUfunction> functions = new Handles<>();
    private final Handles<CUstream> streams = new Handles<>();
    private final Handles<CUevent> events = new Handles<>();
    private final Handles<CUgraphExec> graphs = new Handles<>();
    private final DeviceProperties properties;
    private final TensorMapEncoder tensorMaps = new TensorMapEncoder();

    /**
     * @throws CudaException if the device can't be used; ask {@link #refusal} first
     */
    public NativeDriver() {
        JCudaLibraries.load(() -> JCudaDriver.setExceptionsEnabled(false));
        check(JCudaDriver.cuInit(0), "starting CUDA");
        check(JCudaDriver.cuDeviceGet(device, 0), "opening the first device");
        check(JCudaDriver.cuDevicePrimaryCtxRetain(context, device), "making a context on the first device");
        enter();
        properties = readProperties();
    }

    /** Why there is no device to use here, in one line; empty if there is one. */
    public static Optional<String> refusal() {
        try {
            JCudaLibraries.load(() -> JCudaDriver.setExceptionsEnabled(false));
            int result = JCudaDriver.cuInit(0);
            if (result != CUresult.CUDA_SUCCESS) {
                return Optional.of(
                        "the NVIDIA driver says " + name(result) + "; see what nvidia-smi says, or use --device cpu");
            }
            int[] count = new int[1];
            JCudaDriver.cuDeviceGetCount(count);
            return count[0] > 0
                    ? Optional.empty()
                    : Optional.of("the NVIDIA driver is there, but no device; use --device cpu");
        } catch (LinkageError e) {
            return Optional.of("no NVIDIA driver (libcuda.so.1 can't be loaded); install it, or use --device cpu");
        }
    }

    /** The first device; it is opened and left again the first time, which takes a while. */
    static synchronized DeviceProperties describe() {
        if (described == null) {
            try (NativeDriver driver = new NativeDriver()) {
                described = driver.properties();
            }
        }
        return described;
    }

    private DeviceProperties readProperties() {
        byte[] name = new byte[256];
        check(JCudaDriver.cuDeviceGetName(name, name.length, device), "asking for the device's name");
        int end = 0;
        while (end < name.length && name[end] != 0) {
            end++;
        }
        int[] version = new int[1];
        check(JCudaDriver.cuDriverGetVersion(version), "asking for the driver's version");
        long[] free = new long[1];
        long[] total = new long[1];
        check(JCudaDriver.cuMemGetInfo(free, total), "asking for the device's memory");
        return new DeviceProperties(
                new String(name, 0, end, StandardCharsets.US_ASCII),
                10 * attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR)
                        + attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR),
                version[0],
                attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT),
                total[0],
                attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_MAX_SHARED_MEMORY_PER_BLOCK_OPTIN),
                attribute(CUdevice_attribute.CU_DEVICE_ATTRIBUTE_L2_CACHE_SIZE));
    }

    private int attribute(int attribute) {
        int[] value = new int[1];
        check(JCudaDriver.cuDeviceGetAttribute(value, attribute, device), "asking for device attribute " + attribute);
        return value[0];
    }

    @Override
    public DeviceProperties properties() {
        return properties;
    }

    @Override
    public long freeBytes() {
        enter();
        long[] free = new long[1];
        check(JCudaDriver.cuMemGetInfo(free, new long[1]), "asking for free memory");
        return free[0];
    }

    @Override
    public long allocate(long bytes) {
        enter();
        var pointer = new Addresses.Device();
        check(JCudaDriver.cuMemAlloc(pointer, bytes), "allocating " + bytes + " bytes of device memory");
        return pointer.address();
    }

    @Override
    public void free(long address) {
        enter();
        check(JCudaDriver.cuMemFree(Addresses.device(address)), "freeing device memory");
    }

    @Override
    @SuppressWarnings("restricted")
    public MemorySegment allocatePinned(long bytes) {
        enter();
        var pointer = new Addresses.Host();
        check(JCudaDriver.cuMemHostAlloc(pointer, bytes, 0), "allocating " + bytes + " bytes of pinned memory");
        return MemorySegment.ofAddress(pointer.address()).reinterpret(bytes);
    }

    @Override
    public void freePinned(MemorySegment memory) {
        enter();
        check(JCudaDriver.cuMemFreeHost(Addresses.host(memory)), "freeing pinned memory");
    }

    @Override
    public void upload(MemorySegment from, long to, long stream) {
        enter();
        check(
                JCudaDriver.cuMemcpyHtoDAsync(
                        Addresses.device(to), Addresses.host(from), from.byteSize(), stream(stream)),
                "copying " + from.byteSize() + " bytes to the device");
    }

    @Override
    public void download(long from, MemorySegment to, long stream) {
        enter();
        check(
                JCudaDriver.cuMemcpyDtoHAsync(
                        Addresses.host(to), Addresses.device(from), to.byteSize(), stream(stream)),
                "copying " + to.byteSize() + " bytes to the host");
    }

    @Override
    public void copy(long from, long to, long bytes, long stream) {
        enter();
        check(
                JCudaDriver.cuMemcpyDtoDAsync(Addresses.device(to), Addresses.device(from), bytes, stream(stream)),
                "copying " + bytes + " bytes on the device");
    }

    @Override
    public void fill(long address, byte value, long bytes, long stream) {
        enter();
        check(
                JCudaDriver.cuMemsetD8Async(Addresses.device(address), value, bytes, stream(stream)),
                "filling " + bytes + " bytes");
    }

    @Override
    public long load(String name, byte[] image) {
        enter();
        byte[] log = new byte[LOG_BYTES];
        JITOptions options = new JITOptions();
        options.putBytes(CUjit_option.CU_JIT_ERROR_LOG_BUFFER, log);
        options.putInt(CUjit_option.CU_JIT_ERROR_LOG_BUFFER_SIZE_BYTES, log.length);
        CUmodule module = new CUmodule();
        // PTX is a C string: it ends with a zero.
        byte[] terminated = Arrays.copyOf(image, image.length + 1);
        int result = JCudaDriver.cuModuleLoadDataJIT(module, Pointer.to(terminated), options);
        if (result != CUresult.CUDA_SUCCESS) {
            String said = options.getString(CUjit_option.CU_JIT_ERROR_LOG_BUFFER);
            check(result, "loading " + name + (said == null || said.isBlank() ? "" : ", " + said.strip()));
        }
        return modules.add(module);
    }

    @Override
    public void unload(long module) {
        enter();
        check(JCudaDriver.cuModuleUnload(modules.remove(module)), "unloading a module");
    }

    @Override
    public long function(long module, String name) {
        enter();
        CUfunction function = new CUfunction();
        check(JCudaDriver.cuModuleGetFunction(function, modules.get(module), name), "looking for the kernel " + name);
        return functions.add(function);
    }

    @Override
    public FunctionAttributes attributes(long function) {
        enter();
        return new FunctionAttributes(
                attribute(function, CUfunction_attribute.CU_FUNC_ATTRIBUTE_NUM_REGS),
                attribute(function, CUfunction_attribute.CU_FUNC_ATTRIBUTE_SHARED_SIZE_BYTES),
                attribute(function, CUfunction_attribute.CU_FUNC_ATTRIBUTE_LOCAL_SIZE_BYTES),
                attribute(function, CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_THREADS_PER_BLOCK));
    }

    private int attribute(long function, int attribute) {
        int[] value = new int[1];
        check(
                JCudaDriver.cuFuncGetAttribute(value, attribute, functions.get(function)),
                "asking for function attribute " + attribute);
        return value[0];
    }

    @Override
    public void allowDynamicShared(long function, int bytes) {
        enter();
        check(
                JCudaDriver.cuFuncSetAttribute(
                        functions.get(function),
                        CUfunction_attribute.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                        bytes),
                "allowing " + bytes + " bytes of shared memory");
    }

    @Override
    public void launch(long function, Launch launch, KernelArguments arguments, long stream) {
        LaunchSpace parameters = enter();
        check(
                JCudaDriver.cuLaunchKernel(
                        functions.get(function),
                        launch.gridX(),
                        launch.gridY(),
                        launch.gridZ(),
                        launch.blockX(),
                        launch.blockY(),
                        launch.blockZ(),
                        launch.sharedBytes(),
                        stream(stream),
                        parameters.fill(arguments),
                        null),
                "launching");
    }

    @Override
    public long createStream() {
        enter();
        CUstream stream = new CUstream();
        check(JCudaDriver.cuStreamCreate(stream, CUstream_flags.CU_STREAM_NON_BLOCKING), "making a stream");
        return streams.add(stream);
    }

    @Override
    public void destroyStream(long stream) {
        enter();
        check(JCudaDriver.cuStreamDestroy(streams.remove(stream)), "ending a stream");
    }

    @Override
    public void synchronize(long stream) {
        enter();
        check(JCudaDriver.cuStreamSynchronize(stream(stream)), "waiting for a stream");
    }

    @Override
    public long createEvent() {
        enter();
        CUevent event = new CUevent();
        check(JCudaDriver.cuEventCreate(event, 0), "making an event");
        return events.add(event);
    }

    @Override
    public void destroyEvent(long event) {
        enter();
        check(JCudaDriver.cuEventDestroy(events.remove(event)), "ending an event");
    }

    @Override
    public void record(long event, long stream) {
        enter();
        check(JCudaDriver.cuEventRecord(events.get(event), stream(stream)), "recording an event");
    }

    @Override
    public void await(long stream, long event) {
        enter();
        check(JCudaDriver.cuStreamWaitEvent(stream(stream), events.get(event), 0), "letting a stream wait");
    }

    @Override
    public void synchronizeEvent(long event) {
        enter();
        check(JCudaDriver.cuEventSynchronize(events.get(event)), "waiting for an event");
    }

    @Override
    public float milliseconds(long from, long to) {
        enter();
        float[] value = new float[1];
        check(
                JCudaDriver.cuEventElapsedTime(value, events.get(from), events.get(to)),
                "taking the time between two events");
        return value[0];
    }

    @Override
    public void beginCapture(long stream) {
        enter();
        check(
                JCudaDriver.cuStreamBeginCapture(stream(stream), CUstreamCaptureMode.CU_STREAM_CAPTURE_MODE_RELAXED),
                "beginning to capture a stream");
    }

    @Override
    public long endCapture(long stream) {
        enter();
        CUgraph graph = new CUgraph();
        check(JCudaDriver.cuStreamEndCapture(stream(stream), graph), "ending the capture of a stream");
        CUgraphExec executable = new CUgraphExec();
        int result = JCudaDriver.cuGraphInstantiate(executable, graph, 0);
        JCudaDriver.cuGraphDestroy(graph);
        check(result, "making a graph of what was captured");
        return graphs.add(executable);
    }

    @Override
    public void replay(long graph, long stream) {
        enter();
        check(JCudaDriver.cuGraphLaunch(graphs.get(graph), stream(stream)), "replaying a graph");
    }

    @Override
    public void destroyGraph(long graph) {
        enter();
        check(JCudaDriver.cuGraphExecDestroy(graphs.remove(graph)), "ending a graph");
    }

    @Override
    public MemorySegment tensorMap(TensorMap map) {
        enter();
        MemorySegment encoded = Arena.ofAuto().allocate(TensorMapEncoder.BYTES, TensorMapEncoder.ALIGNMENT);
        check(tensorMaps.encode(map, encoded), "encoding " + map);
        return encoded;
    }

    @Override
    public void close() {
        JCudaDriver.cuDevicePrimaryCtxRelease(device);
    }

    private CUstream stream(long handle) {
        return handle == 0 ? null : streams.get(handle);
    }

    /** CUDA's context belongs to a thread, so each thread that comes takes it once. */
    private LaunchSpace enter() {
        LaunchSpace mine = SPACE.get();
        if (mine.driver() != this) {
            check(JCudaDriver.cuCtxSetCurrent(context), "entering the context");
            mine.enter(this);
        }
        return mine;
    }

    private static void check(int result, String doing) {
        if (result != CUresult.CUDA_SUCCESS) {
            throw new CudaException(name(result), doing);
        }
    }

    private static String name(int result) {
        String[] name = new String[1];
        return JCudaDriver.cuGetErrorName(result, name) == CUresult.CUDA_SUCCESS ? name[0] : "CUDA error " + result;
    }
}
