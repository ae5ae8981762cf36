package dev.errata.model.tokenizer;

import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * SentencePiece's byte-pair encoding: two neighbours merge when their joined text is a piece, the piece with the highest
 * score first. Characters without a piece become bytes, or the unknown piece where byte fallback is off; a user-defined
 * piece is never taken apart or merged.
 */
final class PieceBpe implements TokenModel {
    private static final int UNKNOWN = -1;

    private final Vocabulary vocabulary;
    private final List<PieceKind> kinds;
    private final int[] ranks;
    private final int unknownId;
    private final ByteTokens byteTokens;
    private final TextMatcher userDefined;

    /**
     * @param scores a score for each id
     * @param kinds a kind for each id
     * @param unknownId the id of the unknown piece, or -1: unknown characters are left out
     * @param byteTokens byte fallback, or null where it is off
     */
    PieceBpe(Vocabulary vocabulary, float[] scores, List<PieceKind> kinds, int unknownId, ByteTokens byteTokens) {
        this.vocabulary = vocabulary;
        this.kinds = List.copyOf(kinds);
        this.unknownId = unknownId;
        this.byteTokens = byteTokens;
        ranks = ranks(scores);
        Map<String, Integer> texts = new HashMap<>();
        for (int id = 0; id < kinds.size(); id++) {
            if (kinds.get(id) == PieceKind.USER_DEFINED && !vocabulary.token(id).isEmpty()) {
                texts.put(vocabulary.token(id), id);
            }
        }
        userDefined = new TextMatcher(texts);
    }

    /** The highest score has rank 0. Equal scores have equal ranks, so that the leftmost merges first. */
    private static int[] ranks(float[] scores) {
        float[] sorted = scores.clone();
        Arrays.sort(sorted);
        int distinct = 0;
        for (float score : sorted) {
            if (distinct == 0 || Float.compare(sorted[distinct - 1], score) != 0) {
                sorted[distinct++] = score;
            }
        }
        int[] ranks = new int[scores.length];
        for (int id = 0; id < scores.length; id++) {
            ranks[id] = distinct - 1 - Arrays.binarySearch(sorted, 0, distinct, scores[id]);
        }
        return ranks;
    }

    @Override
    public void encode(String piece, Symbols symbols, IdList out) {
        symbols.clear();
        int at = 0;
        while (at < piece.length()) {
            int frozen = userDefined.idAt(piece, at);
            int to = frozen >= 0
                    ? at + vocabulary.token(frozen).length()
                    : at + Character.charCount(piece.codePointAt(at));
            symbols.add(frozen >= 0 ? frozen : textId(piece, at, to), to);
            at = to;
        }
        UnusedPieces unused = new UnusedPieces();
        symbols.merge((all, left, right) -> pair(piece, all, left, right, unused));
        Output output = new Output(out);
        for (int symbol = symbols.first(); symbol >= 0; symbol = symbols.next(symbol)) {
            String text = piece.substring(symbols.charStart(symbol), symbols.charEnd(symbol));
            output.add(text, symbols.id(symbol), unused);
        }
    }

    private int textId(String piece, int from, int to) {
        int id = vocabulary.idOf(piece, from, to);
        return id >= 0 && kinds.get(id).isText() ? id : UNKNOWN;
    }

    private long pair(String piece, Symbols symbols, int left, int right, UnusedPieces unused) {
        if (isFrozen(symbols.id(left)) || isFrozen(symbols.id(right))) {
            return -1;
        }
        int from = symbols.charStart(left);
        int middle = symbols.charStart(right);
        int to = symbols.charEnd(right);
        int id = textId(piece, from, to);
        if (id < 0) {
            return -1;
        }
        if (kinds.get(id) == PieceKind.UNUSED) {
            unused.remember(piece.substring(from, middle), piece.substring(middle, to));
        }
        return ((long) ranks[id] << 32) | id;
    }

    private boolean isFrozen(int id) {
        return id >= 0 && kinds.get(id) == PieceKind.USER_DEFINED;
    }

    /** The two parts of unused pieces, which may serve as steps of merging but not as tokens. */
    private static final class UnusedPieces {
        private record Parts(String left, String right) {}

        private final Map<String, Parts> parts = new HashMap<>();

        void remember(String left, String right) {
            parts.put(left + right, new Parts(left, right));
        }
    }

    /** Turns final symbols into ids; unknown characters side by side are one unknown token, as SentencePiece has it. */
    private final class Output {
        private final IdList out;
        private boolean afterUnknown;

        Output(IdList out) {
            this.out = out;
        }

        void add(String text, int id, UnusedPieces unused) {
            UnusedPieces.Parts parts = id >= 0 && kinds.get(id) == PieceKind.UNUSED ? unused.parts.get(text) : null;
            if (parts != null) {
                add(parts.left(), vocabulary.idOf(parts.left()), unused);
                add(parts.right(), vocabulary.idOf(parts.right()), unused);
            } else if (id >= 0) {
                out.add(id);
                afterUnknown = false;
            } else {
                addUnknown(text);
            }
        }

        private void addUnknown(String text) {
            int[] bytes = byteTokens == null ? new int[0] : byteTokens.of(text);
            out.addAll(bytes);
            if (bytes.length > 0) {
                afterUnknown = false;
            } else if (unknownId >= 0) {
                if (!afterUnknown) {
                    out.add(unknownId);
                }
                afterUnknown = true;
            }
        }
    }
}
