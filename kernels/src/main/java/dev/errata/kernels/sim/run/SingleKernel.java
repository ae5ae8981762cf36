package dev.errata.kernels.sim.run;

import dev.errata.kernels.cuda.CudaException;
import dev.errata.kernels.cuda.Launch;
import dev.errata.kernels.sim.LaunchReport;
import dev.errata.kernels.sim.SimDriver;
import dev.errata.kernels.sim.machine.Program;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxModule;
import dev.errata.kernels.sim.ptx.PtxParser;
import dev.errata.tensor.BadInputException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One kernel of a PTX file on a simulated device of its own. */
public final class SingleKernel implements AutoCloseable {
    private static final int UNASKED_SHARED = 48 * 1024;

    private final String file;
    private final SimDriver driver;
    private final long function;
    private final String entry;

    /** The report, and the bytes of each argument that is a buffer, by its number. */
    public record Outcome(LaunchReport report, Map<Integer, MemorySegment> buffers) {}

    /**
     * @param file its name, for messages
     * @param entry the kernel's name, or null for the only one
     * @throws BadInputException if the PTX can't be read, has no such kernel, or the kernel an unknown instruction
     */
    public SingleKernel(String file, byte[] ptx, String entry) {
        this.file = file;
        try {
            PtxModule module = PtxParser.parse(ptx);
            driver = new SimDriver(capability(module.target()));
            this.entry = entry(module, entry);
            function = driver.function(driver.load(file, ptx), this.entry);
        } catch (PtxException e) {
            throw bad(e);
        } catch (CudaException e) {
            if (e.getCause() instanceof PtxException p) {
                throw bad(p);
            }
            throw new BadInputException(e.getMessage(), file, "give PTX for sm_90a or an earlier device", e);
        }
    }

    private BadInputException bad(PtxException e) {
        return new BadInputException(
                e.problem(), file + ", line " + e.line(), "the simulator runs the core of PTX for sm_80 to sm_90a", e);
    }

    /** The oldest device that can run the target, of those that there are. */
    private static int capability(String target) {
        String digits = target.replaceAll("\\D", "");
        int version = digits.isEmpty() ? 0 : Integer.parseInt(digits);
        return version <= 80 ? 80 : version <= 86 ? 86 : version <= 89 ? 89 : 90;
    }

    private String entry(PtxModule module, String asked) {
        List<String> kernels = module.kernels().stream().map(k -> k.name()).toList();
        if (kernels.isEmpty()) {
            throw new BadInputException("no kernel", file, "give PTX with an .entry");
        }
        if (asked == null && kernels.size() > 1) {
            throw new BadInputException(
                    "several kernels", file, "choose one with --entry, of " + String.join(", ", kernels));
        }
        if (asked != null && !kernels.contains(asked)) {
            throw new BadInputException("no kernel " + asked, file, "choose one of " + String.join(", ", kernels));
        }
        return asked == null ? kernels.getFirst() : asked;
    }

    /**
     * Launches the kernel.
     *
     * @param arguments one for each parameter; none of them {@link Argument.InFile}
     * @throws BadInputException if they are not what the kernel takes
     */
    public Outcome run(Launch launch, List<Argument> arguments) {
        List<Program.ParameterLayout> parameters = driver.parameters(function);
        if (parameters.size() != arguments.size()) {
            throw new BadInputException(
                    arguments.size() + " arguments",
                    file + ", kernel " + entry,
                    "give one --arg for each of its " + parameters.size() + " parameters");
        }
        Map<Integer, Long> addresses = new LinkedHashMap<>();
        Map<Integer, Long> sizes = new LinkedHashMap<>();
        ByteBuffer space = ByteBuffer.allocate(driver.parameterBytes(function)).order(ByteOrder.LITTLE_ENDIAN);
        try (Arena arena = Arena.ofConfined()) {
            for (int i = 0; i < arguments.size(); i++) {
                Program.ParameterLayout parameter = parameters.get(i);
                Argument argument = arguments.get(i);
                int wanted = argument instanceof Argument.Scalar s ? s.type().bytes() : Long.BYTES;
                if (wanted != parameter.bytes()) {
                    throw new BadInputException(
                            "argument " + i + " has " + wanted + " bytes",
                            file + ", kernel " + entry,
                            "parameter " + parameter.name() + " has " + parameter.bytes());
                }
                long value = switch (argument) {
                    case Argument.Scalar s -> s.bits();
                    case Argument.Buffer b -> buffer(b, arena, i, addresses, sizes);
                    case Argument.Data d -> data(d, arena, i, addresses, sizes);
                    case Argument.InFile f -> throw new IllegalArgumentException(f.file());
                };
                put(space, parameter.offset(), wanted, value);
            }
            if (launch.sharedBytes() > UNASKED_SHARED) {
                allowShared(launch.sharedBytes());
            }
            LaunchReport report = driver.run(function, launch, space.array());
            Map<Integer, MemorySegment> buffers = new LinkedHashMap<>();
            addresses.forEach((i, address) -> {
                MemorySegment bytes = MemorySegment.ofArray(new byte[Math.toIntExact(sizes.get(i))]);
                driver.download(address, bytes, 0);
                buffers.put(i, bytes);
            });
            return new Outcome(report, buffers);
        }
    }

    /** More than the device has is found by the launch. */
    private void allowShared(int bytes) {
        if (bytes + driver.attributes(function).staticShared()
                <= driver.properties().sharedBytesPerBlock()) {
            driver.allowDynamicShared(function, bytes);
        }
    }

    private long buffer(Argument.Buffer b, Arena arena, int i, Map<Integer, Long> addresses, Map<Integer, Long> sizes) {
        long bytes = allocate(i, b.elements() * b.type().bytes(), addresses, sizes);
        if (b.filled() != null) {
            MemorySegment content = arena.allocate(sizes.get(i));
            ByteBuffer to = content.asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
            for (int e = 0; e < b.elements(); e++) {
                put(to, e * b.type().bytes(), b.type().bytes(), b.filled());
            }
            driver.upload(content, bytes, 0);
        }
        return bytes;
    }

    private long data(Argument.Data d, Arena arena, int i, Map<Integer, Long> addresses, Map<Integer, Long> sizes) {
        long address = allocate(i, d.bytes().byteSize(), addresses, sizes);
        MemorySegment content = arena.allocate(d.bytes().byteSize());
        content.copyFrom(d.bytes());
        driver.upload(content, address, 0);
        return address;
    }

    private long allocate(int i, long bytes, Map<Integer, Long> addresses, Map<Integer, Long> sizes) {
        if (bytes < 1 || bytes > 1 << 30) {
            throw new BadInputException("argument " + i + " has " + bytes + " bytes", file, "give 1 byte to 1 GiB");
        }
        addresses.put(i, driver.allocate(bytes));
        sizes.put(i, bytes);
        return addresses.get(i);
    }

    private static void put(ByteBuffer to, int at, int bytes, long value) {
        switch (bytes) {
            case 1 -> to.put(at, (byte) value);
            case 2 -> to.putShort(at, (short) value);
            case 4 -> to.putInt(at, (int) value);
            default -> to.putLong(at, value);
        }
    }

    @Override
    public void close() {
        driver.close();
    }
}
