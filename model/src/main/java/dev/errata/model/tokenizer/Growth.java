package dev.errata.model.tokenizer;

/** Refuses normalizers, pre-tokenizers and decoders that, one after another, would make a short text a huge one. */
final class Growth {
    private static final double MOST = 64;

    private Growth() {}

    /** Checks a step of tokenizer.json with all the steps that it is made of. */
    static void check(JsonPart step) {
        if (of(step) > MOST) {
            throw step.unsupported("a chain of steps that makes a text so much longer");
        }
    }

    /** How many times longer a text may become. */
    private static double of(JsonPart step) {
        return switch (step.get("type").text()) {
            case "Sequence" ->
                product(step.get("normalizers")) * product(step.get("pretokenizers")) * product(step.get("decoders"));
            case "Replace" ->
                ofReplace(step.get("pattern"), step.get("content").text().length());
            // A second one takes the characters that the first one made for bytes of their own.
            case "ByteLevel", "Metaspace" -> 2;
            // What NFKC makes of one character at most.
            case "Precompiled" -> 18;
            default -> 1;
        };
    }

    private static double product(JsonPart steps) {
        return steps.isNull()
                ? 1
                : steps.elements().stream().mapToDouble(Growth::of).reduce(1, (one, other) -> one * other);
    }

    /** An expression may match between any two characters. */
    private static double ofReplace(JsonPart pattern, int content) {
        JsonPart literal = pattern.isText() ? pattern : pattern.get("String");
        boolean isLiteral = literal.isText() && !literal.text().isEmpty();
        return isLiteral ? Math.max(1, (double) content / literal.text().length()) : 1.0 + content;
    }
}
