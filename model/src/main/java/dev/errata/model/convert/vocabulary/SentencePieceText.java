package dev.errata.model.convert.vocabulary;

import dev.errata.model.tokenizer.Piece;
import dev.errata.model.tokenizer.PieceKind;
import dev.errata.model.tokenizer.PieceVocabulary;
import dev.errata.model.tokenizer.Tokenizer;
import java.util.List;

/**
 * Makes SentencePiece's tokenizer.model (sentencepiece_model.proto) of a vocabulary with scores: a BPE model that keeps
 * texts as they are but for spaces.
 */
final class SentencePieceText {
    private static final int BPE = 2;

    private SentencePieceText() {}

    /**
     * @param pieces by id
     * @param addsDummyPrefix a space in front of every text
     */
    static byte[] of(List<Piece> pieces, boolean addsDummyPrefix, Tokenizer.SpecialIds ids) {
        ProtobufWriter model = new ProtobufWriter();
        for (Piece piece : pieces) {
            model.message(
                    1,
                    new ProtobufWriter()
                            .text(1, piece.text())
                            .fixed32(2, piece.score())
                            .varint(3, piece.kind().number()));
        }
        PieceVocabulary vocabulary = new PieceVocabulary(pieces);
        int unknown = vocabulary.firstOf(PieceKind.UNKNOWN);
        int bos = ids.bos().orElse(-1);
        int eos = ids.eos().orElse(-1);
        ProtobufWriter trainer = new ProtobufWriter()
                .varint(3, BPE)
                .varint(4, pieces.size())
                .flag(35, vocabulary.firstOf(PieceKind.BYTE) >= 0)
                .varint(40, unknown)
                .varint(41, bos)
                .varint(42, eos)
                .varint(43, -1);
        text(trainer, 45, pieces, unknown);
        text(trainer, 46, pieces, bos);
        text(trainer, 47, pieces, eos);
        model.message(2, trainer);
        model.message(
                3,
                new ProtobufWriter()
                        .text(1, "identity")
                        .flag(3, addsDummyPrefix)
                        .flag(4, false)
                        .flag(5, true));
        return model.toByteArray();
    }

    private static void text(ProtobufWriter trainer, int field, List<Piece> pieces, int id) {
        if (id >= 0) {
            trainer.text(field, pieces.get(id).text());
        }
    }
}
