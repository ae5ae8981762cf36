package dev.errata.model.tokenizer;

import java.text.Normalizer.Form;
import java.util.BitSet;

/**
 * The older tables of Unicode that some parts of the tokenizers library still use. Its normalization forms and accents are
 * those of Unicode 9, its punctuation those of Unicode 8, so characters assigned since then have no properties there. The
 * lists are what differs, found by going through all characters.
 */
final class EarlierUnicode {
    private static final String LATER_MARKS = """
            7FD 897-89F 8CA-8D3 9FE AFA-AFF B55 C04 C3C CF3 D00 D3B-D3C D81 EBA ECE 1715 180F 1ABF-1ACE 1CF7
            1DF6-1DFA A82C A8FF 10D24-10D27 10D69-10D6D 10EAB-10EAC 10EFC-10EFF 10F46-10F50 10F82-10F85 11070
            11073-11074 110C2 11145-11146 111C9 111CE-111CF 11241 1133B 113B8-113C0 113C2 113C5 113C7-113CA
            113CC-113D0 113D2 113E1-113E2 1145E 1182C-1183A 11930-11935 11937-11938 1193B-1193E 11940
            11942-11943 119D1-119D7 119DA-119E0 119E4 11A01-11A0A 11A33-11A39 11A3B-11A3E 11A47 11A51-11A5B
            11A8A-11A99 11D31-11D36 11D3A 11D3C-11D3D 11D3F-11D45 11D47 11D8A-11D8E 11D90-11D91 11D93-11D97
            11EF3-11EF6 11F00-11F01 11F03 11F34-11F3A 11F3E-11F42 11F5A 13440 13447-13455 1611E-1612F 16F4F
            16F7F-16F87 16FE4 16FF0-16FF1 1CF00-1CF2D 1CF30-1CF46 1E08F 1E130-1E136 1E2AE 1E2EC-1E2EF
            1E4EC-1E4EF 1E5EE-1E5EF
            """;

    /** What decomposes or composes since Unicode 9, and the letters it is made of. */
    private static final String LATER_COMPOSED = """
            32FF A7F2-A7F4 AB69 105C9 105D2 105DA 105E4 10781-10785 10787-107B0 107B2-107BA 11382-11385 1138B
            1138E 11390-11391 113B8 113BB 113C2 113C5 113C7-113C9 11930 11935 11938 1611E-16129 16D63
            16D67-16D6A 1CCD6-1CCF9 1DF04-1DF06 1DF08 1DF0A 1DF1E 1E030-1E06D 1F16C 1FBF0-1FBF9
            """;

    private static final String LATER_PUNCTUATION = """
            61D 9FD A76 C77 C84 1B4E-1B4F 1B7D-1B7F 2E43-2E4F 2E52-2E5D 10D6E 10EAD 10F55-10F59 10F86-10F89
            113D4-113D5 113D7-113D8 1144B-1144F 1145A-1145B 1145D 11660-1166C 116B9 1183B 11944-11946 119E2
            11A3F-11A46 11A9A-11A9C 11A9E-11AA2 11B00-11B09 11BE1 11C41-11C45 11C70-11C71 11EF7-11EF8
            11F43-11F4F 11FFF 12FF1-12FF2 16D6D-16D6F 16E97-16E9A 16FE2 1E5FF 1E95E-1E95F
            """;

    private static final BitSet INERT = characters(LATER_MARKS + " " + LATER_COMPOSED);

    /** Combining marks; U+1CF2 and U+1CF3 were marks then. */
    static final TextPattern ACCENTS =
            TextPattern.known("[\\p{M}\u1CF2\u1CF3&&[^" + characterClass(LATER_MARKS) + "]]");

    /** Punctuation, with ASCII's signs; U+166D and U+111C9 were punctuation then. */
    static final TextPattern PUNCTUATION =
            TextPattern.known("[\\p{P}!-/:-@\\[-`{-~\u166D\\x{111C9}&&[^" + characterClass(LATER_PUNCTUATION) + "]]");

    private EarlierUnicode() {}

    /** The text in a normalization form; a later character stays as it is and parts what stands around it. */
    static String normalize(String text, Form form) {
        StringBuilder out = null;
        int from = 0;
        for (int at = 0; at < text.length(); ) {
            int c = text.codePointAt(at);
            int next = at + Character.charCount(c);
            if (INERT.get(c)) {
                out = out == null ? new StringBuilder(text.length()) : out;
                out.append(java.text.Normalizer.normalize(text.substring(from, at), form))
                        .appendCodePoint(c);
                from = next;
            }
            at = next;
        }
        String rest = java.text.Normalizer.normalize(text.substring(from), form);
        return out == null ? rest : out.append(rest).toString();
    }

    private static BitSet characters(String ranges) {
        BitSet set = new BitSet();
        for (String range : ranges.trim().split("\\s+")) {
            int dash = range.indexOf('-');
            int first = Integer.parseInt(dash < 0 ? range : range.substring(0, dash), 16);
            int last = Integer.parseInt(range.substring(dash + 1), 16);
            set.set(first, last + 1);
        }
        return set;
    }

    private static String characterClass(String ranges) {
        return ranges.trim().replaceAll("([0-9A-F]+)", "\\\\x{$1}").replaceAll("\\s+", "");
    }
}
