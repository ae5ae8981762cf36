package dev.errata.kernels.sim;

import dev.errata.kernels.cuda.Launch;
import dev.errata.kernels.sim.check.Finding;
import java.util.List;
import java.util.Map;

/**
 * What a launch did, and what was wrong with it.
 *
 * @param instructions that warps executed
 * @param byKind these by opcode
 * @param globalRequests loads, stores and atomics of global memory, by warps
 * @param globalSectors of 32 bytes that these touched
 * @param bankConflicts turns of shared memory beyond those that accesses of their width take anyway
 */
public record LaunchReport(
        String kernel,
        Launch launch,
        long instructions,
        Map<String, Long> byKind,
        long globalRequests,
        long globalSectors,
        long sharedRequests,
        long bankConflicts,
        List<Finding> findings) {}
