package dev.errata.model.tokenizer;

/**
 * Byte-pair encoding by a ranked list of merges, as in GPT-2 and in the BPE model of tokenizer.json.
 *
 * @param unknownId the token of a character that is not in the vocabulary, or -1: it is left out
 * @param fuseUnknown whether unknown characters side by side become one token
 * @param byteTokens byte fallback, or null where it is off
 * @param ignoreMerges whether a piece that is a token as a whole is taken so even where merges don't reach it
 */
record MergeBpe(
        Vocabulary vocabulary,
        MergeTable merges,
        int unknownId,
        boolean fuseUnknown,
        ByteTokens byteTokens,
        boolean ignoreMerges)
        implements TokenModel, Symbols.PairRanks {
    @Override
    public void encode(String piece, Symbols symbols, IdList out) {
        if (ignoreMerges) {
            int whole = vocabulary.idOf(piece);
            if (whole >= 0) {
                out.add(whole);
                return;
            }
        }
        symbols.clear();
        boolean afterUnknown = false;
        int at = 0;
        while (at < piece.length()) {
            int to = at + Character.charCount(piece.codePointAt(at));
            int id = vocabulary.idOf(piece, at, to);
            if (id >= 0) {
                symbols.add(id, to);
                afterUnknown = false;
            } else if (!addBytes(piece.substring(at, to), to, symbols) && unknownId >= 0) {
                if (!(afterUnknown && fuseUnknown)) {
                    symbols.add(unknownId, to);
                }
                afterUnknown = true;
            }
            at = to;
        }
        symbols.merge(this);
        for (int symbol = symbols.first(); symbol >= 0; symbol = symbols.next(symbol)) {
            out.add(symbols.id(symbol));
        }
    }

    private boolean addBytes(String character, int charEnd, Symbols symbols) {
        if (byteTokens == null) {
            return false;
        }
        int[] ids = byteTokens.of(character);
        for (int id : ids) {
            symbols.add(id, charEnd);
        }
        return ids.length > 0;
    }

    @Override
    public long find(Symbols symbols, int left, int right) {
        return merges.find(symbols.id(left), symbols.id(right));
    }
}
