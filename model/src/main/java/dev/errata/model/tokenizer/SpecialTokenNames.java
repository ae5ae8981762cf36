package dev.errata.model.tokenizer;

/** The texts of the start and the end token as tokenizer_config.json names them; null where it doesn't. */
record SpecialTokenNames(String bos, String eos) {
    static final SpecialTokenNames NONE = new SpecialTokenNames(null, null);

    /** A token is a string, or an object with its {@code content}. */
    static SpecialTokenNames read(JsonPart config) {
        return new SpecialTokenNames(name(config.get("bos_token")), name(config.get("eos_token")));
    }

    private static String name(JsonPart token) {
        if (token.isNull()) {
            return null;
        }
        return token.isObject() ? token.get("content").text() : token.text();
    }
}
