package dev.errata.kernels.sim.ptx;

import java.util.List;
import java.util.Map;

/**
 * A PTX file.
 *
 * @param version as {@code 7.4}
 * @param target as {@code sm_80}
 * @param variables of the module: global, constant and shared
 * @param functions by name, in the file's order
 */
public record PtxModule(
        String version, String target, Map<String, Variable> variables, Map<String, Function> functions) {
    public List<Function> kernels() {
        return functions.values().stream().filter(Function::entry).toList();
    }
}
