package dev.errata.model.family;

/**
 * A part of a block by its names.
 *
 * @param name of the module within its block in Hugging Face's checkpoints, as {@code self_attn.q_proj}
 * @param ggufName of the tensor within its block in GGUF files, as {@code attn_q}
 */
public record BlockTensor(BlockPart part, String name, String ggufName) {}
