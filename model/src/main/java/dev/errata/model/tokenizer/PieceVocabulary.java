package dev.errata.model.tokenizer;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** A vocabulary with scores and kinds, as a SentencePiece model and a GGUF file of that kind hold it. */
public final class PieceVocabulary {
    private final List<Piece> pieces;
    private final Vocabulary vocabulary;

    public PieceVocabulary(List<Piece> pieces) {
        this.pieces = List.copyOf(pieces);
        vocabulary = new Vocabulary(pieces.stream().map(Piece::text).toArray(String[]::new));
    }

    Vocabulary vocabulary() {
        return vocabulary;
    }

    int size() {
        return pieces.size();
    }

    /** The id of the first piece of a kind, or -1. */
    public int firstOf(PieceKind kind) {
        for (int id = 0; id < pieces.size(); id++) {
            if (pieces.get(id).kind() == kind) {
                return id;
            }
        }
        return -1;
    }

    boolean hasKind(int id, PieceKind kind) {
        return id >= 0 && id < pieces.size() && pieces.get(id).kind() == kind;
    }

    /** Finds the pieces that the vocabulary's maker added. */
    TextMatcher userDefined() {
        Map<String, Integer> texts = new HashMap<>();
        for (int id = 0; id < pieces.size(); id++) {
            if (hasKind(id, PieceKind.USER_DEFINED)) {
                texts.put(pieces.get(id).text(), id);
            }
        }
        return new TextMatcher(texts);
    }

    /** The ids that a converter to GGUF filled up, where the model's embedding is longer than its vocabulary. */
    BitSet placeholders() {
        BitSet found = new BitSet();
        for (int id = 0; id < pieces.size(); id++) {
            if (hasKind(id, PieceKind.UNUSED) && pieces.get(id).text().equals("[PAD" + id + "]")) {
                found.set(id);
            }
        }
        return found;
    }

    TokenModel model() {
        float[] scores = new float[pieces.size()];
        for (int id = 0; id < scores.length; id++) {
            scores[id] = pieces.get(id).score();
        }
        ByteTokens bytes = firstOf(PieceKind.BYTE) < 0 ? null : new ByteTokens(vocabulary);
        return new PieceBpe(
                vocabulary, scores, pieces.stream().map(Piece::kind).toList(), firstOf(PieceKind.UNKNOWN), bytes);
    }

    /**
     * The pieces that are recognised in a text before it is split: control and unknown pieces, which are special, and with
     * {@code userDefinedToo} those that the vocabulary's maker added.
     */
    List<AddedToken> addedTokens(boolean userDefinedToo) {
        List<AddedToken> added = new ArrayList<>();
        for (int id = 0; id < pieces.size(); id++) {
            Piece piece = pieces.get(id);
            boolean special = piece.kind() == PieceKind.CONTROL || piece.kind() == PieceKind.UNKNOWN;
            if (special || (userDefinedToo && piece.kind() == PieceKind.USER_DEFINED)) {
                added.add(AddedToken.plain(id, piece.text(), special));
            }
        }
        return added;
    }
}
