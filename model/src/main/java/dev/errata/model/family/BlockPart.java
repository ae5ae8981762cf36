package dev.errata.model.family;

/** What the tensors of a transformer block do. A family has some of them, under names of its own. */
public enum BlockPart {
    /** Before attention, [C]. */
    INPUT_NORM(false),
    QUERY(true),
    KEY(true),
    VALUE(true),
    /** Rows of q, then of k, then of v in one matrix. */
    QUERY_KEY_VALUE(true),
    /** From the heads back to the hidden size. */
    OUTPUT(true),
    /** Of each head of q, [D]. */
    QUERY_NORM(false),
    /** Of each head of k, [D]. */
    KEY_NORM(false),
    /** Of what attention gives, before it is added, [C]. */
    ATTENTION_OUT_NORM(false),
    /** Before the feed-forward network, [C]. */
    FEED_FORWARD_NORM(false),
    GATE(true),
    UP(true),
    /** Rows of gate, then of up in one matrix. */
    GATE_UP(true),
    DOWN(true),
    /** Of what the feed-forward network gives, before it is added, [C]. */
    FEED_FORWARD_OUT_NORM(false);

    private final boolean linear;

    BlockPart(boolean linear) {
        this.linear = linear;
    }

    /** Whether it is a linear layer's matrix [out, in], or else a norm's weight. */
    public boolean isLinear() {
        return linear;
    }
}
