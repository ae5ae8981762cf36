package dev.errata.model.tokenizer;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Finds which of a set of texts stands at a position, the longest first. */
final class TextMatcher {
    private record Entry(String text, int id) {}

    /** Finds nothing. */
    static final TextMatcher NONE = new TextMatcher(Map.of());

    private final BitSet firstCharacters = new BitSet();
    private final Map<Character, List<Entry>> byFirstCharacter = new HashMap<>();

    /** The texts to find, none of them empty, with their ids. */
    TextMatcher(Map<String, Integer> texts) {
        texts.forEach((text, id) -> {
            firstCharacters.set(text.charAt(0));
            byFirstCharacter
                    .computeIfAbsent(text.charAt(0), _ -> new ArrayList<>())
                    .add(new Entry(text, id));
        });
        byFirstCharacter
                .values()
                .forEach(entries -> entries.sort(
                        Comparator.comparingInt((Entry entry) -> entry.text().length())
                                .reversed()));
    }

    boolean isEmpty() {
        return byFirstCharacter.isEmpty();
    }

    /** The id of the longest text that starts at {@code at}, or -1. */
    int idAt(String text, int at) {
        Entry found = entryAt(text, at);
        return found == null ? -1 : found.id();
    }

    /** The length of the longest text that starts at {@code at}, or 0. */
    int lengthAt(String text, int at) {
        Entry found = entryAt(text, at);
        return found == null ? 0 : found.text().length();
    }

    private Entry entryAt(String text, int at) {
        if (!firstCharacters.get(text.charAt(at))) {
            return null;
        }
        for (Entry entry : byFirstCharacter.get(text.charAt(at))) {
            if (text.startsWith(entry.text(), at)) {
                return entry;
            }
        }
        return null;
    }
}
