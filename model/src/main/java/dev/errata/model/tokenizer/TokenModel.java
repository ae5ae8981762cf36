package dev.errata.model.tokenizer;

/** Splits one piece of normalized text into token ids. */
sealed interface TokenModel permits MergeBpe, PieceBpe, Unigram {
    /** Appends the ids of {@code piece}; {@code symbols} is work space and may hold anything before and after. */
    void encode(String piece, Symbols symbols, IdList out);
}
