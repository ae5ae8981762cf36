package dev.errata.model.tokenizer;

/**
 * Decoding as SentencePiece does it: U+2581 is a space, byte pieces are bytes, each wrong byte becomes a replacement
 * character, and the space in front that encoding added goes away.
 *
 * @param unknownPiece the unknown piece's name
 * @param unknownSurface what is shown for it
 * @param stripsFirst whether one space at the start goes away
 * @param stripsAll whether all spaces at the start go away
 */
record SentencePieceDecoder(String unknownPiece, String unknownSurface, boolean stripsFirst, boolean stripsAll)
        implements TextDecoder {
    private static final char SPACE = '\u2581';

    @Override
    public Stage open(Stage next) {
        return new Stage() {
            private final PendingBytes bytes = new PendingBytes();
            private boolean atStart = true;

            @Override
            public void accept(String token) {
                int value = ByteTokens.byteOf(token);
                if (value >= 0) {
                    bytes.add(value);
                    emit(bytes.takeSettled(true));
                    return;
                }
                emit(bytes.takeAll(true));
                emit(token.equals(unknownPiece) ? unknownSurface : surface(token));
            }

            private String surface(String piece) {
                int from = 0;
                if (atStart && (stripsFirst || stripsAll)) {
                    boolean strips = piece.length() > 0 && piece.charAt(0) == SPACE;
                    from = strips ? 1 : 0;
                    atStart = strips && stripsAll;
                }
                return piece.substring(from).replace(SPACE, ' ');
            }

            private void emit(String text) {
                if (!text.isEmpty()) {
                    atStart = false;
                    next.accept(text);
                }
            }

            @Override
            public void finish() {
                emit(bytes.takeAll(true));
                next.finish();
            }
        };
    }
}
