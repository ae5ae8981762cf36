package dev.errata.model.tokenizer;

import java.nio.charset.StandardCharsets;
import java.text.BreakIterator;
import java.util.Locale;

/**
 * {@code Precompiled} of a tokenizer.json: SentencePiece's character map as the tokenizers library applies it, by user
 * perceived characters where they are short, else by code points, and by the shortest stretch that the map knows.
 */
record PrecompiledNormalizer(CharacterMap map) implements Normalizer {
    /** Bytes of a user perceived character from which on it is taken apart. */
    private static final int LONG = 6;

    @Override
    public String normalize(String text) {
        StringBuilder out = new StringBuilder(text.length() + 8);
        BreakIterator characters = BreakIterator.getCharacterInstance(Locale.ROOT);
        characters.setText(text);
        int from = 0;
        for (int to = characters.next(); to != BreakIterator.DONE; to = characters.next()) {
            String character = text.substring(from, to);
            String whole = Utf8.bytes(character) < LONG ? replacement(character) : null;
            if (whole == null) {
                character.codePoints().mapToObj(Character::toString).forEach(each -> {
                    String replaced = replacement(each);
                    out.append(replaced == null ? each : replaced);
                });
            } else {
                out.append(whole);
            }
            from = to;
        }
        return out.toString();
    }

    private String replacement(String text) {
        return map.shortest(text.getBytes(StandardCharsets.UTF_8));
    }
}
