package dev.errata.train.config;

import java.util.List;

/** A new low-rank adapter, with PEFT's names: scale {@code lora_alpha / r}, or {@code lora_alpha / sqrt(r)} with rsLoRA. */
public record LoraConfig(
        @Default("8") @Range(min = 1) int r,
        @Default("16") @Range(above = 0) double loraAlpha,
        @Default("0.0") @Range(min = 0, max = 0.99) double loraDropout,

        @Default("all-linear")
        @OneOf({"all-linear", "q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"})
        List<String> targetModules,

        @Default("false") boolean useRslora,
        @Default("false") boolean useDora)
        implements Checked {
    @Override
    public void check(Place place) {
        if (targetModules.isEmpty()) {
            throw place.wrong("target_modules", "is empty", "write all-linear or the names of linear layers");
        }
    }
}
