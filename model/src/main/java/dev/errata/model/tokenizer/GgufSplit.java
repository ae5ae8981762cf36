package dev.errata.model.tokenizer;

import dev.errata.tensor.BadInputException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How a byte-level vocabulary in a GGUF file splits text: {@code tokenizer.ggml.pre} names it. The patterns are those of
 * llama.cpp, applied one after another.
 *
 * @param ignoresMerges whether a piece that is a token as a whole is taken so
 * @param addsBos whether a start token is added where the file doesn't say
 */
record GgufSplit(List<TextPattern> patterns, boolean ignoresMerges, boolean addsBos) {
    private static final String CONTRACTIONS = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
    private static final String GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)";
    private static final String SIGNS_AND_SPACES = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    /** Names that a written file may have. */
    private static final List<String> COMMON = List.of("llama-bpe", "smaug-bpe", "qwen2", "smollm", "gpt-2", "default");

    static GgufSplit named(String name, String where) {
        return switch (name) {
            case "llama-bpe", "llama3", "llama-v3", "falcon3" -> of(true, true, letters("\\p{N}{1,3}"));
            case "smaug-bpe", "dbrx" -> of(false, false, letters("\\p{N}{1,3}"));
            case "qwen2", "stablelm2", "deepseek-r1-qwen", "megrez" -> of(false, false, letters("\\p{N}"));
            case "smollm", "starcoder", "refact", "command-r", "codeshell", "exaone" ->
                of(false, false, "\\p{N}", GPT2);
            case "gpt-2", "mpt", "olmo", "phi-2" -> of(false, false, GPT2);
            case "default" -> of(false, false, "[\\p{P}\\$\\+<=>\\^~\\|]+", GPT2, "\\p{N}+", "[0-9][0-9][0-9]");
            default ->
                throw new BadInputException(
                        "tokenizer.ggml.pre " + name.replace(':', ' ') + " isn't supported",
                        where,
                        "use a model with another tokenizer");
        };
    }

    /**
     * The name of a split that llama.cpp has, under which it treats texts as a tokenizer.json does.
     *
     * @param regexes of the isolating splits, in their order
     * @return empty where there is none
     */
    static Optional<String> nameOf(List<String> regexes, boolean ignoresMerges) {
        List<String> wanted = regexes.stream().map(GgufSplit::canonical).toList();
        for (String name : COMMON) {
            GgufSplit split = named(name, name);
            List<String> has = split.patterns().stream()
                    .map(pattern -> canonical(pattern.regex()))
                    .toList();
            if (has.equals(wanted) && split.ignoresMerges() == ignoresMerges) {
                return Optional.of(name);
            }
        }
        return Optional.empty();
    }

    /** One writing of what means the same: contractions in either case; spaces that no other branch takes stay alone. */
    private static String canonical(String regex) {
        String same = regex.replace("(?i:'s|'t|'re|'ve|'m|'ll|'d)", CONTRACTIONS);
        return same.endsWith("|\\s+") ? same.substring(0, same.length() - "|\\s+".length()) : same;
    }

    private static String letters(String digits) {
        return CONTRACTIONS + "|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|" + digits + SIGNS_AND_SPACES;
    }

    private static GgufSplit of(boolean ignoresMerges, boolean addsBos, String... patterns) {
        return new GgufSplit(List.of(patterns).stream().map(TextPattern::known).toList(), ignoresMerges, addsBos);
    }

    PreTokenizer preTokenizer() {
        List<PreTokenizer> steps = new ArrayList<>();
        for (TextPattern pattern : patterns) {
            steps.add(new PreTokenizer.Split(pattern, SplitBehavior.ISOLATED, false));
        }
        steps.add(new PreTokenizer.ByteLevel(false, null));
        return new PreTokenizer.Sequence(steps);
    }
}
