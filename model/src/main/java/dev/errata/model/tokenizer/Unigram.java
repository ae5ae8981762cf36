package dev.errata.model.tokenizer;

import dev.errata.tensor.BadInputException;
import java.util.Arrays;
import java.util.List;

/**
 * The unigram language model of Kudo 2018 (arXiv 1804.10959): of all ways to cut a piece of text into tokens the one whose
 * scores (log-probabilities) have the largest sum, found by Viterbi's algorithm from left to right. Of equal sums the one
 * found first stays. A character that no token begins with alone costs ten more than the worst token and becomes bytes, or
 * the unknown token; unknown characters side by side become one.
 */
final class Unigram implements TokenModel {
    /** What an unknown character costs beyond the lowest score, in both libraries. */
    private static final double UNKNOWN_PENALTY = 10;
    /** A walk along a token takes its length, from each place of a text. */
    private static final int LONGEST_TOKEN = 1 << 12;

    private final PrefixTree tokens = new PrefixTree();
    private final double[] scores;
    private final double unknownScore;
    private final boolean sumsInSingle;
    private final int unknownId;
    private final ByteTokens byteTokens;
    private final String where;

    private Unigram(
            String[] texts,
            double[] scores,
            double lowest,
            boolean sumsInSingle,
            int unknownId,
            ByteTokens byteTokens,
            String where) {
        this.scores = scores;
        this.sumsInSingle = sumsInSingle;
        this.unknownScore = sumsInSingle ? (float) lowest - (float) UNKNOWN_PENALTY : lowest - UNKNOWN_PENALTY;
        this.unknownId = unknownId;
        this.byteTokens = byteTokens;
        this.where = where;
        for (int id = 0; id < texts.length; id++) {
            if (texts[id] != null && !texts[id].isEmpty()) {
                if (texts[id].length() > LONGEST_TOKEN) {
                    throw new BadInputException(
                            "token " + id + " is longer than " + LONGEST_TOKEN + " characters",
                            where,
                            "get the file again");
                }
                tokens.put(texts[id], id);
            }
        }
    }

    /**
     * As the tokenizers library has it: every token can be found, sums are in double precision.
     *
     * @param scores a score for each id
     * @param unknownId −1 where the file names none: a text with an unknown character is then refused
     * @param byteTokens byte fallback, or null where it is off
     */
    static Unigram ofTokenizers(
            Vocabulary vocabulary, double[] scores, int unknownId, ByteTokens byteTokens, String where) {
        String[] texts = new String[vocabulary.size()];
        Arrays.setAll(texts, vocabulary::token);
        double lowest = Arrays.stream(scores).min().orElse(0);
        return new Unigram(texts, scores, lowest, false, unknownId, byteTokens, where);
    }

    /**
     * As SentencePiece has it: only pieces that stand for text are found, user-defined ones at next to no cost, and sums are
     * kept in single precision.
     */
    static Unigram ofSentencePiece(List<Piece> pieces, int unknownId, ByteTokens byteTokens, String where) {
        String[] texts = new String[pieces.size()];
        double[] scores = new double[texts.length];
        float lowest = Float.MAX_VALUE;
        float highest = Float.MIN_NORMAL; // C's FLT_MIN, from which SentencePiece starts
        for (Piece piece : pieces) {
            if (piece.kind() == PieceKind.NORMAL) {
                lowest = Math.min(lowest, piece.score());
                highest = Math.max(highest, piece.score());
            }
        }
        for (int id = 0; id < texts.length; id++) {
            Piece piece = pieces.get(id);
            boolean own = piece.kind() == PieceKind.USER_DEFINED;
            texts[id] = own || piece.kind() == PieceKind.NORMAL ? piece.text() : null;
            scores[id] = own ? Utf8.bytes(piece.text()) * highest - 0.1 : piece.score();
        }
        return new Unigram(texts, scores, lowest, true, unknownId, byteTokens, where);
    }

    @Override
    public void encode(String piece, Symbols symbols, IdList out) {
        Path path = new Path(piece.length());
        for (int at = 0; at < piece.length(); ) {
            int afterCharacter = at + Character.charCount(piece.codePointAt(at));
            boolean aloneIsToken = false;
            int node = PrefixTree.ROOT;
            for (int to = at; to < piece.length(); ) {
                node = tokens.next(node, piece.charAt(to++));
                if (node == PrefixTree.NOWHERE) {
                    break;
                }
                int id = tokens.id(node);
                if (id >= 0) {
                    path.offer(at, to, id, scores[id]);
                    aloneIsToken |= to == afterCharacter;
                }
            }
            if (!aloneIsToken) {
                path.offer(at, afterCharacter, Path.UNKNOWN, unknownScore);
            }
            at = afterCharacter;
        }
        path.addTo(piece, out);
    }

    /** The best way to each place of a piece. */
    private final class Path {
        private static final int UNKNOWN = -1;

        private final int[] start;
        private final int[] id;
        private final double[] sum;

        Path(int length) {
            start = new int[length + 1];
            id = new int[length + 1];
            sum = new double[length + 1];
            Arrays.fill(start, -1);
        }

        void offer(int from, int to, int token, double score) {
            double candidate = sumsInSingle ? (float) score + (float) sum[from] : score + sum[from];
            if (start[to] < 0 || candidate > sum[to]) {
                start[to] = from;
                id[to] = token;
                sum[to] = candidate;
            }
        }

        void addTo(String piece, IdList out) {
            int[] ends = new int[start.length];
            int count = 0;
            for (int end = piece.length(); end > 0; end = start[end]) {
                ends[count++] = end;
            }
            for (int i = count - 1; i >= 0; ) {
                int from = start[ends[i]];
                int token = id[ends[i]];
                if (token >= 0) {
                    out.add(token);
                    i--;
                    continue;
                }
                int last = i;
                while (last > 0 && id[ends[last - 1]] == UNKNOWN) {
                    last--;
                }
                addUnknown(piece.substring(from, ends[last]), out);
                i = last - 1;
            }
        }

        private void addUnknown(String text, IdList out) {
            int[] bytes = byteTokens == null ? new int[0] : byteTokens.of(text);
            if (bytes.length > 0) {
                out.addAll(bytes);
            } else if (unknownId >= 0) {
                out.add(unknownId);
            } else {
                throw new BadInputException(
                        "the tokenizer has no token for a part of the text and names no unknown token",
                        where,
                        "use other texts, or a model with another tokenizer");
            }
        }
    }
}
