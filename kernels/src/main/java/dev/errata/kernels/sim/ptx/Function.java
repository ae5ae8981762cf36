package dev.errata.kernels.sim.ptx;

import java.util.List;
import java.util.Map;

/**
 * A kernel ({@code .entry}) or a device function ({@code .func}).
 *
 * @param results of a device function, empty for kernels
 * @param registers by their index
 * @param variables shared, local and parameter memory declared within the body
 * @param body null for a declaration alone
 * @param directives performance directives with their numbers, as {@code maxntid → [256, 1, 1]}
 * @param branchTables the targets of indexed branches, indices into the body
 */
public record Function(
        int line,
        String name,
        boolean entry,
        List<Variable> results,
        List<Variable> parameters,
        List<Register> registers,
        List<Variable> variables,
        List<Instruction> body,
        Map<String, List<Integer>> directives,
        Map<String, List<Integer>> branchTables) {}
