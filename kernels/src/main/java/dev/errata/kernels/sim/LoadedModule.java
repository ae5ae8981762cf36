package dev.errata.kernels.sim;

import dev.errata.kernels.sim.isa.Translator;
import dev.errata.kernels.sim.machine.GlobalMemory;
import dev.errata.kernels.sim.machine.Program;
import dev.errata.kernels.sim.ptx.Function;
import dev.errata.kernels.sim.ptx.PtxModule;
import dev.errata.kernels.sim.ptx.Variable;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** A PTX module on a device: its global and constant variables have memory, its kernels become programs when asked for. */
final class LoadedModule {
    private final String name;
    private final PtxModule module;
    private final GlobalMemory memory;
    private final Map<String, Long> globals = new LinkedHashMap<>();
    private final Map<String, Program> programs = new HashMap<>();

    LoadedModule(String name, PtxModule module, GlobalMemory memory) {
        this.name = name;
        this.module = module;
        this.memory = memory;
        for (Variable v : module.variables().values()) {
            if (v.space() != Variable.Space.SHARED && v.bytes() > 0) {
                globals.put(v.name(), memory.allocate(v.bytes()));
            }
        }
        for (Variable v : module.variables().values()) {
            if (globals.containsKey(v.name())) {
                memory.write(globals.get(v.name()), MemorySegment.ofArray(initial(v)));
            }
        }
    }

    private byte[] initial(Variable v) {
        ByteBuffer bytes = ByteBuffer.allocate((int) v.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        if (v.initial() == null) {
            return bytes.array();
        }
        for (Variable.Initial value : v.initial()) {
            long bits = switch (value) {
                case Variable.Initial.Value c -> c.bits();
                case Variable.Initial.AddressOf a -> globals.getOrDefault(a.name(), 0L) + a.offset();
            };
            switch (v.type().bytes()) {
                case 1 -> bytes.put((byte) bits);
                case 2 -> bytes.putShort((short) bits);
                case 4 -> bytes.putInt((int) bits);
                default -> bytes.putLong(bits);
            }
        }
        return bytes.array();
    }

    String name() {
        return name;
    }

    PtxModule module() {
        return module;
    }

    /** The kernel of this name ready to run, or null if there is none. */
    Program program(String kernel) {
        Function function = module.functions().get(kernel);
        return function == null || !function.entry()
                ? null
                : programs.computeIfAbsent(kernel, _ -> Translator.program(module, function, globals));
    }

    void unload() {
        globals.values().forEach(memory::release);
        globals.clear();
    }
}
