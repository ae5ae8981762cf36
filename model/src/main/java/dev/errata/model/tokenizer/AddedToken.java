package dev.errata.model.tokenizer;

/**
 * A token that is found in a text before the text is split.
 *
 * @param special left out of a decoding that skips special tokens
 * @param singleWord only found where no word character touches it
 * @param lstrip takes the whitespace before it with it
 * @param rstrip takes the whitespace after it with it
 * @param normalized looked for in the normalized text, not in the text as written
 */
public record AddedToken(
        int id,
        String content,
        boolean special,
        boolean singleWord,
        boolean lstrip,
        boolean rstrip,
        boolean normalized) {
    AddedToken withId(int other) {
        return new AddedToken(other, content, special, singleWord, lstrip, rstrip, normalized);
    }

    static AddedToken plain(int id, String content, boolean special) {
        return new AddedToken(id, content, special, false, false, false, false);
    }
}
