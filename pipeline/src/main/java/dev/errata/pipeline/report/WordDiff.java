package dev.errata.pipeline.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/**
 * Two wordings of one step: their words in pieces that both have or one has alone, by a longest common subsequence.
 *
 * @param before the first text, in pieces
 * @param after the second one
 */
record WordDiff(List<Piece> before, List<Piece> after) {
    /** Words of a text at most: beyond it nobody reads word by word, and the table grows with the square. */
    private static final int MOST_WORDS = 200;

    /** A word with the spaces after it. */
    private static final Pattern WORD = Pattern.compile("\\S+\\s*");

    /**
     * Neighbouring words.
     *
     * @param changed whether the other text lacks them
     */
    record Piece(String text, boolean changed) {}

    /** The difference; empty where the texts are equal, too long, or have so little in common that it would only distract. */
    static Optional<WordDiff> of(String before, String after) {
        List<String> a = words(before);
        List<String> b = words(after);
        if (a.isEmpty() || b.isEmpty() || a.size() > MOST_WORDS || b.size() > MOST_WORDS) {
            return Optional.empty();
        }
        int[][] common = common(a, b);
        int shared = common[0][0];
        boolean equal = shared == a.size() && shared == b.size();
        return equal || 2 * shared < Math.max(a.size(), b.size())
                ? Optional.empty()
                : Optional.of(walked(a, b, common));
    }

    private static List<String> words(String text) {
        return WORD.matcher(text).results().map(MatchResult::group).toList();
    }

    /** Entry i, j: how many words the texts from words i and j on have in common. */
    private static int[][] common(List<String> a, List<String> b) {
        int[][] common = new int[a.size() + 1][b.size() + 1];
        for (int i = a.size() - 1; i >= 0; i--) {
            for (int j = b.size() - 1; j >= 0; j--) {
                common[i][j] = same(a.get(i), b.get(j))
                        ? common[i + 1][j + 1] + 1
                        : Math.max(common[i + 1][j], common[i][j + 1]);
            }
        }
        return common;
    }

    private static WordDiff walked(List<String> a, List<String> b, int[][] common) {
        List<Piece> before = new ArrayList<>();
        List<Piece> after = new ArrayList<>();
        int i = 0;
        int j = 0;
        while (i < a.size() || j < b.size()) {
            if (i < a.size() && j < b.size() && same(a.get(i), b.get(j))) {
                append(before, a.get(i++), false);
                append(after, b.get(j++), false);
            } else if (j == b.size() || (i < a.size() && common[i + 1][j] >= common[i][j + 1])) {
                append(before, a.get(i++), true);
            } else {
                append(after, b.get(j++), true);
            }
        }
        return new WordDiff(before, after);
    }

    private static boolean same(String a, String b) {
        return a.strip().equals(b.strip());
    }

    private static void append(List<Piece> pieces, String word, boolean changed) {
        if (!pieces.isEmpty() && pieces.getLast().changed() == changed) {
            pieces.set(pieces.size() - 1, new Piece(pieces.getLast().text() + word, changed));
        } else {
            pieces.add(new Piece(word, changed));
        }
    }
}
