package dev.errata.kernels.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

@EnabledOnOs(value = OS.LINUX, architectures = "amd64")
class ExecutableMemoryTest {
    private static MachineCode storing(int number) {
        Assembler a = new Assembler("storing " + number);
        a.mov(Gpr.RAX, new Immediate(number));
        a.mov(Address.at(Gpr.RDI), Gpr.RAX);
        a.ret();
        return a.assemble();
    }

    @Test
    void functionsStandBesideEachOther() throws MachineCodeUnavailable {
        List<MachineCode> functions = List.of(storing(1), storing(-2), storing(3));
        try (Arena arena = Arena.ofConfined();
                ExecutableMemory memory = ExecutableMemory.of(functions)) {
            MemorySegment to = arena.allocate(8);
            long[] stored = memory.routines().stream()
                    .mapToLong(each -> {
                        each.call(to.address(), 0, 0, 0, 0, 0, 0, 0);
                        return to.get(ValueLayout.JAVA_LONG, 0);
                    })
                    .toArray();
            assertThat(stored).containsExactly(1, -2, 3);
        }
    }

    @Test
    void memoryIsNeverWrittenAndExecutedAndIsGivenBack() throws MachineCodeUnavailable, IOException {
        long at;
        try (ExecutableMemory memory = ExecutableMemory.of(List.of(storing(1)))) {
            at = memory.address();
            assertThat(mapping(at)).contains(" r-xp ");
        }
        assertThat(mapping(at)).isEmpty();
    }

    private static String mapping(long address) throws IOException {
        return Files.readAllLines(Path.of("/proc/self/maps")).stream()
                .filter(line -> line.startsWith(Long.toHexString(address) + "-"))
                .findFirst()
                .orElse("");
    }
}
