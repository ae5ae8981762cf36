package dev.errata.model.tokenizer;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Writes a small SentencePiece model for tests, field by field. */
public final class TinySentencePiece {
    private final ByteArrayOutputStream pieces = new ByteArrayOutputStream();
    private final ByteArrayOutputStream trainer = new ByteArrayOutputStream();
    private final ByteArrayOutputStream normalizer = new ByteArrayOutputStream();

    /** unk, bos and eos, and a BPE model. */
    public static TinySentencePiece bpe() {
        TinySentencePiece model = new TinySentencePiece();
        number(model.trainer, 3, 2);
        return model.piece("<unk>", 0, PieceKind.UNKNOWN)
                .piece("<s>", 0, PieceKind.CONTROL)
                .piece("</s>", 0, PieceKind.CONTROL);
    }

    TinySentencePiece piece(String text, float score, PieceKind kind) {
        ByteArrayOutputStream piece = new ByteArrayOutputStream();
        bytes(piece, 1, text.getBytes(StandardCharsets.UTF_8));
        piece.write((2 << 3) | 5);
        piece.writeBytes(ByteBuffer.allocate(4)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putFloat(score)
                .array());
        number(piece, 3, kind.number());
        bytes(pieces, 1, piece.toByteArray());
        return this;
    }

    /** Pieces with falling scores: an earlier one merges first. */
    public TinySentencePiece pieces(String... texts) {
        for (int i = 0; i < texts.length; i++) {
            piece(texts[i], -i, PieceKind.NORMAL);
        }
        return this;
    }

    TinySentencePiece allBytes() {
        number(trainer, 35, 1);
        for (int b = 0; b < 256; b++) {
            piece(String.format("<0x%02X>", b), 0, PieceKind.BYTE);
        }
        return this;
    }

    TinySentencePiece trainerNumber(int field, int value) {
        number(trainer, field, value);
        return this;
    }

    TinySentencePiece normalizerNumber(int field, int value) {
        number(normalizer, field, value);
        return this;
    }

    TinySentencePiece characterMap() {
        bytes(normalizer, 2, new byte[] {1, 2, 3});
        return this;
    }

    public byte[] toBytes() {
        ByteArrayOutputStream model = new ByteArrayOutputStream();
        model.writeBytes(pieces.toByteArray());
        bytes(model, 2, trainer.toByteArray());
        bytes(model, 3, normalizer.toByteArray());
        return model.toByteArray();
    }

    Tokenizer tokenizer() {
        return SentencePieceFile.read(ByteBuffer.wrap(toBytes()), "tiny.model")
                .tokenizer(null, NamedTokens.read(Path.of("no such folder")), List.of());
    }

    private static void number(ByteArrayOutputStream out, int field, int value) {
        varint(out, field << 3);
        varint(out, value);
    }

    private static void bytes(ByteArrayOutputStream out, int field, byte[] value) {
        varint(out, (field << 3) | 2);
        varint(out, value.length);
        out.writeBytes(value);
    }

    private static void varint(ByteArrayOutputStream out, int value) {
        int rest = value;
        while (rest > 127) {
            out.write((rest & 127) | 128);
            rest >>>= 7;
        }
        out.write(rest);
    }
}
