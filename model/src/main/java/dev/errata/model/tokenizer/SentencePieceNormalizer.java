package dev.errata.model.tokenizer;

import java.nio.charset.StandardCharsets;

/**
 * SentencePiece's own normalization, as a model file states it: its character map, then its treatment of spaces.
 * User-defined pieces stay as they are.
 *
 * @param addDummyPrefix a space in front of every text that isn't empty
 * @param removeExtraWhitespaces no spaces at the ends, and single ones elsewhere
 * @param escapeWhitespaces spaces become U+2581
 * @param map replacements of characters, or null where there are none
 * @param userDefined the pieces that are not touched
 */
record SentencePieceNormalizer(
        boolean addDummyPrefix,
        boolean removeExtraWhitespaces,
        boolean escapeWhitespaces,
        CharacterMap map,
        TextMatcher userDefined)
        implements Normalizer {
    private static final char ESCAPED = '\u2581';

    /** Spaces as a model has them that states nothing else. */
    static SentencePieceNormalizer ofSpaces(boolean addDummyPrefix) {
        return new SentencePieceNormalizer(addDummyPrefix, false, true, null, TextMatcher.NONE);
    }

    @Override
    public String normalize(String text) {
        StringBuilder out = new StringBuilder(text.length() + 8);
        boolean afterSpace = removeExtraWhitespaces;
        boolean started = false;
        byte[] bytes = map == null ? new byte[0] : text.getBytes(StandardCharsets.UTF_8);
        int byteAt = 0;
        for (int at = 0; at < text.length(); ) {
            int fixed = userDefined.lengthAt(text, at);
            int end = at + (fixed > 0 ? fixed : Character.charCount(text.codePointAt(at)));
            String part = text.substring(at, end);
            CharacterMap.Match match = map == null || fixed > 0 ? null : map.longest(bytes, byteAt);
            if (match != null) {
                part = match.text();
                end = skip(text, at, match.length());
                byteAt += match.length();
            } else if (map != null) {
                byteAt += part.getBytes(StandardCharsets.UTF_8).length;
            }
            at = end;
            if (!started && removeExtraWhitespaces && part.equals(" ")) {
                continue;
            }
            if (!started) {
                started = true;
                if (addDummyPrefix) {
                    out.append(' ');
                }
            }
            int from = 0;
            while (afterSpace && from < part.length() && part.charAt(from) == ' ') {
                from++;
            }
            if (from < part.length()) {
                out.append(part, from, part.length());
                afterSpace = removeExtraWhitespaces && part.endsWith(" ");
            }
        }
        return finished(out);
    }

    /** Where the text goes on after this many bytes of it. */
    private static int skip(String text, int from, int bytes) {
        int at = from;
        int left = bytes;
        while (left > 0 && at < text.length()) {
            int c = text.codePointAt(at);
            left -= c < 0x80 ? 1 : c < 0x800 ? 2 : c < 0x10000 ? 3 : 4;
            at += Character.charCount(c);
        }
        return at;
    }

    private String finished(StringBuilder out) {
        String result = escapeWhitespaces ? out.toString().replace(' ', ESCAPED) : out.toString();
        char space = escapeWhitespaces ? ESCAPED : ' ';
        int end = result.length();
        while (removeExtraWhitespaces && end > 0 && result.charAt(end - 1) == space) {
            end--;
        }
        return result.substring(0, end);
    }
}
