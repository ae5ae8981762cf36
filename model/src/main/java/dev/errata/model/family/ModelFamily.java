package dev.errata.model.family;

import java.util.List;

/**
 * What tells one family of decoders from another. One value for each, made in a class of its own and listed in
 * {@link Families}; readers, writers and the decoder ask it and know no family by name.
 *
 * @param modelType of config.json
 * @param modelClass under {@code architectures} there
 * @param queryKeyValueBias whether q, k and v have a bias that no key of the config tells
 * @param block the tensors of a block, in the order of a checkpoint
 */
public record ModelFamily(
        String modelType,
        String modelClass,
        FamilyKeys keys,
        ConfigDefaults defaults,
        boolean queryKeyValueBias,
        WindowRule window,
        FamilyArithmetic arithmetic,
        List<BlockTensor> block,
        GgufForm gguf) {
    /** Whether a block has such a part. */
    public boolean has(BlockPart part) {
        return block.stream().anyMatch(tensor -> tensor.part() == part);
    }
}
