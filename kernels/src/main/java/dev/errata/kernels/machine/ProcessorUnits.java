package dev.errata.kernels.machine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * Which units this machine lets a program use. Linux is asked, not the processor: its list leaves out what the kernel doesn't save
 * when it switches programs. On chips whose cores differ only what all of them have counts.
 */
public final class ProcessorUnits {
    private static final Path LIST = Path.of("/proc/cpuinfo");
    private static final int TILE_DATA = 18;

    private ProcessorUnits() {}

    /**
     * The units of this machine, tiles only if the system grants their state.
     *
     * @throws MachineCodeUnavailable where code is for another system or processor
     */
    public static Set<ProcessorUnit> look() throws MachineCodeUnavailable {
        String system = System.getProperty("os.name");
        String processor = System.getProperty("os.arch");
        if (!system.equals("Linux") || !processor.equals("amd64")) {
            throw new MachineCodeUnavailable("it is for Linux on x86-64, not for " + system + " on " + processor);
        }
        try {
            Set<ProcessorUnit> units = in(Files.readAllLines(LIST));
            if (units.stream().anyMatch(ProcessorUnit::needsTileState)) {
                try {
                    LinuxCalls.askForState(TILE_DATA);
                } catch (LinuxCalls.Refused e) {
                    units.removeIf(ProcessorUnit::needsTileState);
                }
            }
            return units;
        } catch (IOException e) {
            throw new MachineCodeUnavailable("what the processor has isn't told: " + e.getMessage());
        }
    }

    /**
     * @param lines of /proc/cpuinfo
     */
    static Set<ProcessorUnit> in(List<String> lines) {
        Set<String> common = null;
        for (String line : lines) {
            if (line.startsWith("flags")) {
                List<String> flags = Arrays.asList(
                        line.substring(line.indexOf(':') + 1).strip().split("\\s+"));
                if (common == null) {
                    common = new HashSet<>(flags);
                } else {
                    common.retainAll(flags);
                }
            }
        }
        Set<ProcessorUnit> units = EnumSet.noneOf(ProcessorUnit.class);
        for (ProcessorUnit unit : ProcessorUnit.values()) {
            if (common != null && common.containsAll(unit.flags())) {
                units.add(unit);
            }
        }
        return units;
    }
}
