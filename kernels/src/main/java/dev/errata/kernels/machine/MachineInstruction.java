package dev.errata.kernels.machine;

import java.util.List;
import java.util.stream.Collectors;

/** An instruction and what it works on, the result first, as in Intel's syntax. */
public record MachineInstruction(Mnemonic mnemonic, List<MachineOperand> operands) implements Line {
    public MachineInstruction {
        operands = List.copyOf(operands);
    }

    static MachineInstruction of(Mnemonic mnemonic, MachineOperand... operands) {
        return new MachineInstruction(mnemonic, List.of(operands));
    }

    @Override
    public String toString() {
        if (operands.isEmpty()) {
            return mnemonic.toString();
        }
        return operands.stream().map(Object::toString).collect(Collectors.joining(", ", mnemonic + " ", ""));
    }
}
