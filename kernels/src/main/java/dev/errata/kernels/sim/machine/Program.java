package dev.errata.kernels.sim.machine;

import dev.errata.kernels.sim.ptx.Instruction;
import java.util.List;
import java.util.Map;

/**
 * A kernel ready to run: its own instructions and those of the functions that it calls.
 *
 * @param guards of the steps: 0 none, p + 1 if predicate p holds, -p - 1 if it doesn't
 * @param source the instruction of each step
 * @param entry the first step
 * @param registers slots that hold a value per lane
 * @param constants slots whose lanes hold one value throughout, and that value
 * @param specials slots that a warp fills when it starts
 * @param sharedBytes static shared memory, from {@link SharedMemory#FIRST_ADDRESS}
 * @param localBytes of a thread's stack, parameters of device functions with it
 * @param sharedGranule log2 of the bytes of the narrowest store to shared memory
 * @param globalGranule log2 of the bytes of the narrowest store to global memory
 * @param maxThreads of a block by its launch bounds, 0 if it has none
 * @param cluster blocks of a cluster along x, y and z
 */
public record Program(
        String kernel,
        Step[] steps,
        int[] guards,
        Instruction[] source,
        int entry,
        int registers,
        int predicates,
        Map<Integer, Long> constants,
        Map<Integer, SpecialRegister> specials,
        int sharedBytes,
        int localBytes,
        List<ParameterLayout> parameters,
        int sharedGranule,
        int globalGranule,
        int maxThreads,
        int[] requiredThreads,
        int[] cluster) {
    /** Where a parameter of a kernel lies. */
    public record ParameterLayout(String name, int offset, int bytes) {}

    public int parameterBytes() {
        return parameters.isEmpty()
                ? 0
                : parameters.getLast().offset() + parameters.getLast().bytes();
    }

    public int line(int step) {
        return source[step].line();
    }
}
