package dev.errata.pipeline.cli.files;

import dev.errata.tensor.BackendProvider;
import dev.errata.tensor.ggml.GgmlType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The processor's units by which a model's layers would be multiplied here; where there are none, f32 vectors do it.
 *
 * @param device the backend
 * @param machineCode as {@code doctor} has it: all units that are used, or why there are none; null where the backend never uses any
 * @param bf16 the units of {@code --dtype bf16}
 * @param int8 those of {@code --dtype int8} for each type of blocks that is multiplied; empty where there is none, and so no int8
 */
record ProductUnits(String device, String machineCode, List<String> bf16, Map<String, List<String>> int8) {
    private static final Set<String> BLOCKS = Arrays.stream(GgmlType.values())
            .filter(type -> type.blockSize() > 1)
            .map(GgmlType::name)
            .collect(Collectors.toSet());

    static ProductUnits of(Inventory model, BackendProvider backend) {
        boolean hasOutput =
                model.tensors().stream().anyMatch(tensor -> tensor.name().equals("output.weight"));
        Map<String, List<String>> int8 = new TreeMap<>();
        for (Inventory.Item tensor : model.tensors()) {
            boolean isOnlyRead = hasOutput && tensor.name().equals("token_embd.weight");
            if (BLOCKS.contains(tensor.dtype()) && !isOnlyRead) {
                int8.computeIfAbsent(tensor.dtype(), type -> backend.int8Units(GgmlType.valueOf(type)));
            }
        }
        return new ProductUnits(backend.name(), backend.machineCode().orElse(null), backend.bf16Units(), int8);
    }

    /** A line for each way to compute. */
    String text() {
        if (machineCode == null) {
            return device + " uses no machine code of the processor's";
        }
        return String.join(
                "\n",
                "machine code on " + device + ": " + machineCode,
                "--dtype bf16 multiplies by " + shown(bf16),
                int8.isEmpty()
                        ? "--dtype int8 is for weights in GGML's blocks, of which there are none"
                        : "--dtype int8 multiplies by " + int8Text());
    }

    /** Types of blocks by the units that they share. */
    private String int8Text() {
        Map<String, List<String>> types = new TreeMap<>();
        int8.forEach((type, units) ->
                types.computeIfAbsent(shown(units), unit -> new ArrayList<>()).add(type));
        return types.entrySet().stream()
                .map(each -> each.getKey() + " (" + String.join(", ", each.getValue()) + ")")
                .collect(Collectors.joining(", "));
    }

    private static String shown(List<String> units) {
        return units.isEmpty() ? "f32 vectors" : String.join(" and ", units);
    }
}
