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
public record GgufSplit(List<TextPattern> patterns, boolean ignoresMerges, boolean addsBos) {
    private static final String CONTRACTIONS = "(?:'[sS]|'[tT]|'[rR][eE]|'[vV][eE]|'[mM]|'[lL][lL]|'[dD])";
    private static final String GPT2 = "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)";
    private static final String SIGNS_AND_SPACES = "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

    /** Letters of scripts with two cases, as DeepSeek LLM's tokenizer lists them. */
    private static final String CASED =
            "A-Za-z\u00B5\u00C0-\u00D6\u00D8-\u00F6\u00F8-\u01BA\u01BC-\u01BF\u01C4-\u0293\u0295-\u02AF\u0370"
                    + "-\u0373\u0376\u0377\u037B-\u037D\u037F\u0386\u0388-\u038A\u038C\u038E-\u03A1\u03A3-\u03F5\u03F7-"
                    + "\u0481\u048A-\u052F\u0531-\u0556\u10A0-\u10C5\u13A0-\u13F5\u13F8-\u13FD\u1C90-\u1CBA\u1CBD-"
                    + "\u1CBF\u1D00-\u1D2B\u1D6B-\u1D77\u1D79-\u1D9A\u1E00-\u1F15\u1F18-\u1F1D\u1F20-\u1F45\u1F48-"
                    + "\u1F4D\u1F50-\u1F57\u1F59\u1F5B\u1F5D\u1F5F-\u1F7D\u1F80-\u1FB4\u1FB6-\u1FBC\u1FBE\u1FC2-\u1FC4"
                    + "\u1FC6-\u1FCC\u1FD0-\u1FD3\u1FD6-\u1FDB\u1FE0-\u1FEC\u1FF2-\u1FF4\u1FF6-\u1FFC\u2102\u2107\u210A"
                    + "-\u2113\u2115\u2119-\u211D\u2124\u2126\u2128\u212A-\u212D\u212F-\u2134\u2139\u213C-\u213F\u2145-"
                    + "\u2149\u214E\u2183\u2184\u2C00-\u2C7B\u2C7E-\u2CE4\u2CEB-\u2CEE\u2CF2\u2CF3\uA640-\uA66D\uA680-"
                    + "\uA69B\uA722-\uA76F\uA771-\uA787\uA78B-\uA78E\uAB70-\uABBF\uFB00-\uFB06\uFB13-\uFB17\uFF21-"
                    + "\uFF3A\uFF41-\uFF5A\uD801\uDC00-\uD801\uDC4F\uD801\uDCB0-\uD801\uDCD3\uD801\uDCD8-\uD801\uDCFB"
                    + "\uD803\uDC80-\uD803\uDCB2\uD803\uDCC0-\uD803\uDCF2\uD806\uDCA0-\uD806\uDCDF\uD83A\uDD00-"
                    + "\uD83A\uDD43";

    private static final String DEEPSEEK_V3 = "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+"
            + "|[^\\r\\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

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
            case "falcon" -> of(false, false, "[\\p{P}\\$\\+<=>\\^~\\|`]+", GPT2, "[0-9][0-9][0-9]");
            case "tekken" -> of(true, true, casedLetters("", "\\p{N}"));
            case "gpt-4o", "llama4", "kanana2" -> of(false, false, casedLetters(CONTRACTIONS + "?", "\\p{N}{1,3}"));
            case "deepseek-llm" ->
                of(
                        false,
                        false,
                        "[\r\n]",
                        "\\s?[" + CASED + "]+",
                        "\\s?[!-/:-~\uFF01-\uFF0F\uFF1A-\uFF5E\u2018-\u201F\u3000-\u3002]+",
                        "\\s+$",
                        "[一-龥ࠀ-一가-퟿]+",
                        "\\p{N}+");
            case "deepseek-coder" -> of(false, false, "[\r\n]", "\\s?\\p{L}+", "\\s?\\p{P}+", "[一-龥ࠀ-一가-퟿]+", "\\p{N}");
            case "deepseek-v3", "hunyuan-dense" -> of(false, false, "\\p{N}{1,3}", "[一-龥぀-ゟ゠-ヿ]+", DEEPSEEK_V3);
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
    public static Optional<String> nameOf(List<String> regexes, boolean ignoresMerges) {
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

    /** A word is letters that aren't small ASCII ones, then letters that aren't ASCII capitals; {@code end} may follow. */
    private static String casedLetters(String end, String digits) {
        String front = "[^\\r\\n\\p{L}\\p{N}]?";
        String large = "[\\p{L}&&[^a-z]]";
        String small = "[\\p{L}&&[^A-Z]]";
        return front + large + "*" + small + "+" + end + "|" + front + large + "+" + small + "*" + end + "|" + digits
                + "| ?[^\\s\\p{L}\\p{N}]+[\\r\\n/]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";
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
