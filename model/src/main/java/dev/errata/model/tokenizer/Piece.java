package dev.errata.model.tokenizer;

/** An entry of a SentencePiece vocabulary; its id is its place in the list. */
public record Piece(String text, float score, PieceKind kind) {}
