package dev.errata.model.family;

/** Values beyond which cap · tanh(x / cap) does not go; 0 for none. */
public record SoftCaps(float attention, float logits) {
    public static final SoftCaps NONE = new SoftCaps(0, 0);
}
