package dev.errata.model.family;

import java.util.Set;

/**
 * The keys that a family's config.json has and others have not.
 *
 * @param activation the key that names the activation
 * @param biases which of attention_bias and mlp_bias are read at all
 * @param partialRotary whether a part of each head may be all that is turned
 * @param longRopeNames other names of the rope type longrope
 * @param originalMaxPositionEmbeddings the trained length without its key beside max_position_embeddings; 0 where the
 *     family has no such key
 */
public record FamilyKeys(
        String activation,
        Set<String> biases,
        boolean partialRotary,
        Set<String> longRopeNames,
        int originalMaxPositionEmbeddings) {
    public static final String ATTENTION_BIAS = "attention_bias";
    public static final String MLP_BIAS = "mlp_bias";

    /** Those of LLaMA, with these keys for biases. */
    public static FamilyKeys of(String... biases) {
        return new FamilyKeys("hidden_act", Set.of(biases), false, Set.of(), 0);
    }
}
