package dev.errata.kernels.sim;

import dev.errata.kernels.cuda.CudaDriver;
import dev.errata.kernels.cuda.DeviceProperties;
import dev.errata.kernels.cuda.FunctionAttributes;
import dev.errata.kernels.cuda.KernelArguments;
import dev.errata.kernels.cuda.Launch;
import dev.errata.kernels.cuda.TensorMap;
import dev.errata.kernels.sim.check.BlockFlow;
import dev.errata.kernels.sim.check.Finding;
import dev.errata.kernels.sim.check.FindingKind;
import dev.errata.kernels.sim.machine.Counters;
import dev.errata.kernels.sim.machine.GlobalMemory;
import dev.errata.kernels.sim.machine.Grid;
import dev.errata.kernels.sim.machine.Program;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxModule;
import dev.errata.kernels.sim.ptx.PtxParser;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A CUDA device in software. It runs the PTX of modules as it stands, each call at once and to its end, and throws for a
 * launch in which something was found: {@link FindingKind} lists at what it looks. Its results are the same every time.
 */
public final class SimDriver implements CudaDriver {
    /** Of all warps of a block; a kernel that needs more counts as one that doesn't end. */
    private static final long MOST_INSTRUCTIONS = 2_000_000_000L;

    /** Of the simulated device; only what is used takes memory of the host. */
    static final long MEMORY_BYTES = 8L << 30;

    /** Few, so that kernels that share out work among the multiprocessors have several turns also at small sizes. */
    private static final int MULTIPROCESSORS = 4;

    private record Function(LoadedModule module, Program program) {}

    private final DeviceProperties properties;
    private final GlobalMemory memory;
    private final BlockFlow flow = new BlockFlow();
    private final Streams streams = new Streams();
    private final Map<Long, LoadedModule> modules = new HashMap<>();
    private final Map<Long, Function> functions = new HashMap<>();
    private final Map<Long, Integer> allowedShared = new HashMap<>();
    private final Map<MemorySegment, Arena> pinned = new HashMap<>();
    private final long mostInstructions;
    private Consumer<LaunchReport> listener = _ -> {};
    private long next = 1L << 20;

    /** A device of compute capability 9.0. */
    public SimDriver() {
        this(90);
    }

    /**
     * @param computeCapability 80, 86, 89 or 90: how much shared memory there is, and whether PTX for sm_90a runs
     */
    public SimDriver(int computeCapability) {
        this(computeCapability, MEMORY_BYTES, MOST_INSTRUCTIONS);
    }

    /**
     * @param memoryBytes of the device; only what is used takes memory of the host
     * @param mostInstructions of a block's warps together, after which it counts as stuck
     */
    public SimDriver(int computeCapability, long memoryBytes, long mostInstructions) {
        properties = properties(computeCapability, memoryBytes);
        memory = new GlobalMemory(memoryBytes);
        this.mostInstructions = mostInstructions;
    }

    static DeviceProperties properties(int computeCapability, long memoryBytes) {
        int shared = switch (computeCapability) {
            case 80 -> 163;
            case 86, 89 -> 99;
            case 90 -> 227;
            default -> throw new IllegalArgumentException("no compute capability " + computeCapability);
        };
        return new DeviceProperties(
                "PTX simulator", computeCapability, 13_000, MULTIPROCESSORS, memoryBytes, shared * 1024, 50 << 20);
    }

    /** Called with what each launch did. */
    public synchronized void onLaunch(Consumer<LaunchReport> called) {
        listener = called;
    }

    @Override
    public DeviceProperties properties() {
        return properties;
    }

    @Override
    public long freeBytes() {
        return memory.free();
    }

    @Override
    public synchronized long allocate(long bytes) {
        if (bytes < 1) {
            throw Failures.invalidValue("an allocation of " + bytes + " bytes");
        }
        long address = memory.allocate(bytes);
        if (address == 0) {
            throw Failures.of(
                    "CUDA_ERROR_OUT_OF_MEMORY", bytes + " bytes of device memory, " + memory.free() + " are free");
        }
        return address;
    }

    @Override
    public synchronized void free(long address) {
        if (!memory.release(address)) {
            throw Failures.invalidValue("free of " + hex(address) + ", which is no allocation");
        }
    }

    @Override
    public synchronized MemorySegment allocatePinned(long bytes) {
        Arena arena = Arena.ofShared();
        MemorySegment segment = arena.allocate(bytes, 4096);
        pinned.put(segment, arena);
        return segment;
    }

    @Override
    public synchronized void freePinned(MemorySegment segment) {
        Arena arena = pinned.remove(segment);
        if (arena == null) {
            throw Failures.invalidValue("free of host memory that is not pinned");
        }
        arena.close();
    }

    @Override
    public synchronized void upload(MemorySegment from, long to, long stream) {
        held(to, from.byteSize(), "upload");
        streams.give(stream, () -> memory.write(to, from));
    }

    @Override
    public synchronized void download(long from, MemorySegment to, long stream) {
        held(from, to.byteSize(), "download");
        streams.give(stream, () -> memory.read(from, to));
    }

    @Override
    public synchronized void copy(long from, long to, long bytes, long stream) {
        held(from, bytes, "copy");
        held(to, bytes, "copy");
        streams.give(stream, () -> memory.copy(from, to, bytes));
    }

    @Override
    public synchronized void fill(long address, byte value, long bytes, long stream) {
        held(address, bytes, "fill");
        streams.give(stream, () -> memory.fill(address, value, bytes));
    }

    private void held(long address, long bytes, String doing) {
        if (bytes != 0 && !memory.holds(address, bytes)) {
            throw Failures.invalidValue(
                    doing + " of " + bytes + " bytes at " + hex(address) + ", which no allocation holds");
        }
    }

    private static String hex(long address) {
        return "0x" + Long.toHexString(address);
    }

    @Override
    public synchronized long load(String name, byte[] image) {
        PtxModule module;
        try {
            module = PtxParser.parse(image);
        } catch (PtxException e) {
            throw Failures.invalidPtx(name, e);
        }
        String target = module.target();
        int needed = Integer.parseInt(target.replaceAll("\\D", ""));
        if (needed > properties.computeCapability()
                || (target.endsWith("a") && needed != properties.computeCapability())) {
            throw Failures.of(
                    "CUDA_ERROR_NO_BINARY_FOR_GPU",
                    name + " is for " + target + ", the device is sm_" + properties.computeCapability());
        }
        modules.put(++next, new LoadedModule(name, module, memory));
        return next;
    }

    @Override
    public synchronized void unload(long module) {
        LoadedModule loaded = modules.remove(module);
        if (loaded == null) {
            throw Failures.invalidHandle("module " + module);
        }
        functions.values().removeIf(f -> f.module == loaded);
        loaded.unload();
    }

    /** The names of a module's kernels, in its order. */
    public synchronized List<String> kernels(long module) {
        return modules.get(module).module().kernels().stream()
                .map(dev.errata.kernels.sim.ptx.Function::name)
                .toList();
    }

    @Override
    public synchronized long function(long module, String name) {
        LoadedModule loaded = modules.get(module);
        if (loaded == null) {
            throw Failures.invalidHandle("module " + module);
        }
        Program program;
        try {
            program = loaded.program(name);
        } catch (PtxException e) {
            throw Failures.invalidPtx(loaded.name(), e);
        }
        if (program == null) {
            throw Failures.of("CUDA_ERROR_NOT_FOUND", "kernel " + name + " in " + loaded.name());
        }
        functions.put(++next, new Function(loaded, program));
        return next;
    }

    private Function known(long function) {
        Function f = functions.get(function);
        if (f == null) {
            throw Failures.invalidHandle("function " + function);
        }
        return f;
    }

    /** Where a kernel's parameters lie. */
    public synchronized List<Program.ParameterLayout> parameters(long function) {
        return known(function).program.parameters();
    }

    /** Bytes of a kernel's parameter space. */
    public synchronized int parameterBytes(long function) {
        return known(function).program.parameterBytes();
    }

    /** Registers are those of the hardware's assembler, which isn't here: 0. */
    @Override
    public synchronized FunctionAttributes attributes(long function) {
        Program p = known(function).program;
        return new FunctionAttributes(0, p.sharedBytes(), p.localBytes(), p.maxThreads() == 0 ? 1024 : p.maxThreads());
    }

    @Override
    public synchronized void allowDynamicShared(long function, int bytes) {
        Program p = known(function).program;
        if (bytes < 0 || bytes + p.sharedBytes() > properties.sharedBytesPerBlock()) {
            throw Failures.invalidValue(bytes + " bytes of dynamic shared memory for " + p.kernel());
        }
        allowedShared.put(function, bytes);
    }

    @Override
    public synchronized void launch(long function, Launch launch, KernelArguments arguments, long stream) {
        ByteBuffer space = arguments.space();
        byte[] bytes = new byte[space.remaining()];
        space.get(bytes);
        known(function);
        streams.give(stream, () -> {
            LaunchReport report = run(function, launch, bytes);
            listener.accept(report);
            if (!report.findings().isEmpty()) {
                throw Failures.of(report);
            }
        });
    }

    /**
     * As {@link #launch}, but tells what it found instead of throwing it.
     *
     * @param arguments the kernel's parameter space
     */
    public synchronized LaunchReport run(long function, Launch launch, byte[] arguments) {
        Program program = known(function).program;
        int allowed = allowedShared.getOrDefault(function, 0);
        String problem = LaunchLimits.problem(program, launch, properties, allowed, arguments.length);
        if (problem != null) {
            Finding.Index none = new Finding.Index(0, 0, 0);
            return new LaunchReport(
                    program.kernel(),
                    launch,
                    0,
                    Map.of(),
                    0,
                    0,
                    0,
                    0,
                    List.of(new Finding(FindingKind.LAUNCH, program.kernel(), 0, none, none, 0, problem, 1)));
        }
        Grid grid = new Grid(program, launch, arguments, memory, flow, mostInstructions);
        grid.run();
        Counters counters = grid.counters();
        return new LaunchReport(
                program.kernel(),
                launch,
                counters.instructions(),
                counters.byKind(program),
                counters.globalRequests(),
                counters.globalSectors(),
                counters.sharedRequests(),
                counters.bankConflicts(),
                grid.findings().all());
    }

    @Override
    public synchronized long createStream() {
        return streams.createStream();
    }

    @Override
    public synchronized void destroyStream(long stream) {
        streams.destroyStream(stream);
    }

    @Override
    public synchronized void synchronize(long stream) {
        streams.synchronize(stream);
    }

    @Override
    public synchronized long createEvent() {
        return streams.createEvent();
    }

    @Override
    public synchronized void destroyEvent(long event) {
        streams.destroyEvent(event);
    }

    @Override
    public synchronized void record(long event, long stream) {
        streams.record(event, stream);
    }

    @Override
    public synchronized void await(long stream, long event) {
        streams.happened(event);
    }

    @Override
    public synchronized void synchronizeEvent(long event) {
        streams.happened(event);
    }

    @Override
    public synchronized float milliseconds(long from, long to) {
        long start = streams.happened(from);
        long end = streams.happened(to);
        if (start == 0 || end == 0) {
            throw Failures.of("CUDA_ERROR_NOT_READY", "an event that was not recorded");
        }
        return (end - start) / 1e6f;
    }

    @Override
    public synchronized void beginCapture(long stream) {
        streams.beginCapture(stream);
    }

    @Override
    public synchronized long endCapture(long stream) {
        return streams.endCapture(stream);
    }

    @Override
    public synchronized void replay(long graph, long stream) {
        streams.replay(graph, stream);
    }

    @Override
    public synchronized void destroyGraph(long graph) {
        streams.destroyGraph(graph);
    }

    @Override
    public MemorySegment tensorMap(TensorMap map) {
        return SimTensorMap.encode(map);
    }

    /** Gives pinned memory back; device memory goes with the driver. */
    @Override
    public synchronized void close() {
        pinned.values().forEach(Arena::close);
        pinned.clear();
    }
}
