package dev.errata.pipeline.fuzz;

import dev.errata.model.adapter.AdapterFolder;
import dev.errata.model.adapter.LoraSpec;
import dev.errata.model.chat.ChatTemplates;
import dev.errata.model.config.HuggingFaceConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * The small JSON files of a model's or an adapter's folder: every input is read as adapter_config.json, as config.json and
 * as tokenizer_config.json.
 */
public final class ModelFolderFuzz {
    private static final List<String> MODULES =
            List.of("model.layers.0.self_attn.q_proj", "model.layers.11.mlp.down_proj", "lm_head");

    private ModelFolderFuzz() {}

    /** Reads one input. */
    public static void fuzzerTestOneInput(byte[] input) {
        Path folder = Trial.file("adapter_config.json", input).getParent();
        Trial.run(input.length, () -> {
            LoraSpec lora = AdapterFolder.readConfig(folder);
            for (String module : MODULES) {
                if (lora.adapts(module, module.endsWith("_proj"))) {
                    lora.scale(module);
                }
            }
        });
        Trial.file("config.json", input);
        Trial.run(input.length, () -> HuggingFaceConfig.read(folder));
        Trial.file("tokenizer_config.json", input);
        Trial.run(
                TemplateFuzz.BOUND,
                input.length,
                () -> ChatTemplates.find(folder)
                        .ifPresent(chat -> TemplateFuzz.render(chat.template(), Map.copyOf(chat.variables()))));
    }
}
