package dev.errata.kernels.cpu;

import dev.errata.tensor.check.OperatorCase;
import dev.errata.tensor.check.OperatorCases;
import java.util.Arrays;

/** Prints a hash of each case's outputs. Run in a JVM of its own, where the compiler may be off. */
final class OutputBits {
    private OutputBits() {}

    static String hashes() {
        StringBuilder lines = new StringBuilder();
        try (CpuBackend backend = new CpuBackend(1, null)) {
            for (OperatorCase operator : OperatorCases.tiny()) {
                int hash = 0;
                for (OperatorCase.Output output : operator.run(backend)) {
                    hash = 31 * hash + Arrays.hashCode(output.values());
                }
                lines.append(operator.name()).append(' ').append(hash).append('\n');
            }
        }
        return lines.toString();
    }

    public static void main(String[] args) {
        System.out.print(hashes());
    }
}
