package dev.errata.kernels.machine;

import java.util.List;
import java.util.stream.Collectors;

/** A function as its lines and as the bytes that a processor runs. */
public record MachineCode(String name, List<Line> lines, byte[] bytes) {
    /** Its listing, in Intel's syntax as GNU {@code as} takes it. */
    public String listing() {
        return lines.stream()
                .map(line -> switch (line) {
                    case Label label -> label + ":";
                    case MachineInstruction instruction -> "    " + instruction;
                    case Constant constant -> "    # " + constant.bytes().length + " bytes";
                })
                .collect(Collectors.joining("\n", "# " + name + "\n", "\n"));
    }
}
