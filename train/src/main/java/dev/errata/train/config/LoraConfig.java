package dev.errata.train.config;

import dev.errata.train.binding.Checked;
import dev.errata.train.binding.Default;
import dev.errata.train.binding.OneOf;
import dev.errata.train.binding.Place;
import dev.errata.train.binding.Range;
import java.util.List;

/**
 * A new low-rank adapter, with PEFT's names: scale {@code lora_alpha / r}, or {@code lora_alpha / sqrt(r)} with rsLoRA.
 *
 * @param r the rank
 * @param loraAlpha the scale, times the rank
 * @param loraDropout the share of inputs that is dropped
 * @param targetModules the linear layers that get an adapter
 * @param useRslora scale by the root of the rank
 * @param useDora lengths of rows are trained apart from their directions
 * @param modulesToSave ends of names of modules that are trained and saved whole
 */
public record LoraConfig(
        @Default("8") @Range(min = 1) int r,
        @Default("16") @Range(above = 0) double loraAlpha,
        @Default("0.0") @Range(min = 0, max = 0.99) double loraDropout,

        @Default("all-linear")
        @OneOf({
            "all-linear",
            "q_proj",
            "k_proj",
            "v_proj",
            "qkv_proj",
            "o_proj",
            "gate_proj",
            "up_proj",
            "gate_up_proj",
            "down_proj",
            "embed_tokens",
            "lm_head"
        })
        List<String> targetModules,

        @Default("false") boolean useRslora,
        @Default("false") boolean useDora,

        @Default("[]")
        @OneOf({
            "embed_tokens",
            "lm_head",
            "norm",
            "input_layernorm",
            "post_attention_layernorm",
            "pre_feedforward_layernorm",
            "post_feedforward_layernorm",
            "q_norm",
            "k_norm"
        })
        List<String> modulesToSave)
        implements Checked {
    @Override
    public void check(Place place) {
        if (targetModules.isEmpty()) {
            throw place.wrong("target_modules", "is empty", "write all-linear or the names of linear layers");
        }
    }
}
