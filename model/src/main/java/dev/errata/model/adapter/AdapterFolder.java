package dev.errata.model.adapter;

import dev.errata.model.file.SafetensorsFile;
import dev.errata.model.file.SafetensorsWriter;
import dev.errata.model.file.TensorEntry;
import dev.errata.tensor.BadInputException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** PEFT's folder of an adapter: adapter_config.json and adapter_model.safetensors. */
public final class AdapterFolder {
    public static final String CONFIG = "adapter_config.json";
    public static final String WEIGHTS = "adapter_model.safetensors";
    private static final String PICKLED_WEIGHTS = "adapter_model.bin";

    private AdapterFolder() {}

    /** The name under which PEFT stores a module's matrix; {@code side} is A or B. */
    public static String tensorName(String module, char side) {
        return TensorNames.PREFIX + module + (side == 'A' ? TensorNames.A : TensorNames.B);
    }

    /**
     * @throws BadInputException if the config is missing or asks for what this version doesn't do
     */
    public static LoraSpec readConfig(Path folder) {
        if (!Files.isDirectory(folder)) {
            throw new BadInputException("adapter is not there", folder.toString(), "give PEFT's folder of an adapter");
        }
        return AdapterConfigFile.read(folder.resolve(CONFIG));
    }

    /**
     * The adapter's tensors by PEFT's names, mapped while the arena is open. Names that hold the adapter's own name, as
     * {@code lora_A.default.weight}, lose it; copies of the base that a wrapper kept are left out.
     *
     * @throws BadInputException if there is no such file, or it holds more than one adapter
     */
    public static Map<String, TensorEntry> readWeights(Path folder, Arena arena) {
        SafetensorsFile file = open(folder, arena);
        Map<String, TensorEntry> entries = new LinkedHashMap<>();
        file.entries().forEach((name, entry) -> {
            String plain = TensorNames.plain(name);
            if (plain != null && entries.put(plain, entry) != null) {
                throw new BadInputException(
                        "tensor " + plain + " is there under two names",
                        file.path().toString(),
                        "save one adapter alone");
            }
        });
        return entries;
    }

    /**
     * The file of an adapter's tensors as it is.
     *
     * @throws BadInputException if it is missing or broken
     */
    public static SafetensorsFile open(Path folder, Arena arena) {
        Path file = folder.resolve(WEIGHTS);
        if (!Files.exists(file) && Files.exists(folder.resolve(PICKLED_WEIGHTS))) {
            throw new BadInputException(
                    "pickled weights are not read",
                    folder.resolve(PICKLED_WEIGHTS).toString(),
                    "save the adapter as " + WEIGHTS);
        }
        return SafetensorsFile.open(file, arena);
    }

    /**
     * Writes both files; the config comes first, so that weights under their final name are complete.
     *
     * @param modules the adapted modules
     */
    public static void write(Path folder, LoraSpec config, Collection<String> modules, List<TensorEntry> weights) {
        AdapterConfigFile.write(folder.resolve(CONFIG), config, modules);
        SafetensorsWriter.write(folder.resolve(WEIGHTS), Map.of("format", "pt"), weights);
    }
}
