package dev.errata.model.tokenizer;

/**
 * A part of a text: either an added token, or text that is still to be split.
 *
 * @param id the added token's id, or -1 for text
 * @param atStart whether the section begins where the whole text begins
 */
record Section(String text, int id, boolean atStart) {
    boolean isToken() {
        return id >= 0;
    }
}
