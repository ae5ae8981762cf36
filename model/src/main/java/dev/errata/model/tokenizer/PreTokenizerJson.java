package dev.errata.model.tokenizer;

import java.util.List;

/** Reads the pre-tokenizer of a tokenizer.json. Most kinds are a split by a pattern. */
public final class PreTokenizerJson {
    /** Numbers, with those of Unicode 17, which the library's digits know. */
    private static final String NUMBER = "[\\p{N}\\x{11DE0}-\\x{11DE9}\\x{16FF4}-\\x{16FF6}]";

    private static final TextPattern DIGIT = TextPattern.known(NUMBER);
    private static final TextPattern DIGITS = TextPattern.known(NUMBER + "+");
    private static final TextPattern WORDS_OR_SIGNS = TextPattern.known("\\w+|[^\\w\\s]+");
    private static final TextPattern SPACE = TextPattern.known("\\s");

    private PreTokenizerJson() {}

    static PreTokenizer read(JsonPart part) {
        if (part.isNull()) {
            return new PreTokenizer.Sequence(List.of());
        }
        Growth.check(part);
        return step(part);
    }

    private static PreTokenizer step(JsonPart part) {
        String type = part.get("type").text();
        return switch (type) {
            case "Sequence" ->
                new PreTokenizer.Sequence(part.get("pretokenizers").elements().stream()
                        .map(PreTokenizerJson::step)
                        .toList());
            case "ByteLevel" -> {
                boolean byWords = part.get("use_regex").flag(true);
                yield new PreTokenizer.ByteLevel(
                        part.get("add_prefix_space").flag(true), byWords ? isolated(TextPattern.GPT2) : null);
            }
            case "Metaspace" -> metaspace(part);
            case "Split" ->
                new PreTokenizer.Split(
                        TextPattern.read(part.get("pattern")),
                        behavior(part.get("behavior")),
                        part.get("invert").flag(false));
            case "Digits" -> isolated(part.get("individual_digits").flag(false) ? DIGIT : DIGITS);
            case "Punctuation" ->
                new PreTokenizer.Split(
                        EarlierUnicode.PUNCTUATION,
                        part.get("behavior").isNull() ? SplitBehavior.ISOLATED : behavior(part.get("behavior")),
                        false);
            case "Whitespace" -> new PreTokenizer.Split(WORDS_OR_SIGNS, SplitBehavior.REMOVED, true);
            case "WhitespaceSplit" -> new PreTokenizer.Split(SPACE, SplitBehavior.REMOVED, false);
            case "BertPreTokenizer" ->
                new PreTokenizer.Sequence(List.of(
                        new PreTokenizer.Split(SPACE, SplitBehavior.REMOVED, false),
                        new PreTokenizer.Split(EarlierUnicode.PUNCTUATION, SplitBehavior.ISOLATED, false)));
            case "CharDelimiterSplit" -> {
                String delimiter = part.get("delimiter").text();
                yield new PreTokenizer.Split(TextPattern.literal(delimiter), SplitBehavior.REMOVED, false);
            }
            default -> throw part.unsupported("pre-tokenizer " + type);
        };
    }

    private static PreTokenizer.Split isolated(TextPattern pattern) {
        return new PreTokenizer.Split(pattern, SplitBehavior.ISOLATED, false);
    }

    private static SplitBehavior behavior(JsonPart behavior) {
        return switch (behavior.text()) {
            case "Removed" -> SplitBehavior.REMOVED;
            case "Isolated" -> SplitBehavior.ISOLATED;
            case "MergedWithPrevious" -> SplitBehavior.MERGED_WITH_PREVIOUS;
            case "MergedWithNext" -> SplitBehavior.MERGED_WITH_NEXT;
            case "Contiguous" -> SplitBehavior.CONTIGUOUS;
            default -> throw behavior.unsupported("split behavior " + behavior.text());
        };
    }

    private static PreTokenizer metaspace(JsonPart part) {
        return new PreTokenizer.Metaspace(
                part.get("replacement").character(),
                prefix(part),
                part.get("split").flag(true));
    }

    /** Whether a Metaspace pre-tokenizer puts a space before texts, be it the first part alone. */
    public static boolean addsSpace(JsonPart part) {
        return prefix(part) != PreTokenizer.Metaspace.Prefix.NEVER;
    }

    /** {@code prepend_scheme}, or in older files {@code add_prefix_space}. */
    static PreTokenizer.Metaspace.Prefix prefix(JsonPart part) {
        JsonPart scheme = part.get("prepend_scheme");
        if (scheme.isNull()) {
            return part.get("add_prefix_space").flag(true)
                    ? PreTokenizer.Metaspace.Prefix.ALWAYS
                    : PreTokenizer.Metaspace.Prefix.NEVER;
        }
        return switch (scheme.text()) {
            case "always" -> PreTokenizer.Metaspace.Prefix.ALWAYS;
            case "first" -> PreTokenizer.Metaspace.Prefix.FIRST;
            case "never" -> PreTokenizer.Metaspace.Prefix.NEVER;
            default -> throw scheme.unsupported("prepend_scheme " + scheme.text());
        };
    }
}
