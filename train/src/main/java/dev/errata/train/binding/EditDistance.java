package dev.errata.train.binding;

/** Levenshtein's distance between two texts, in code points. */
public final class EditDistance {
    /** Above this many cells the texts count as wholly different: the distance is the longer one's length. */
    private static final long MOST_CELLS = 1L << 27;

    private EditDistance() {}

    /** How many code points to insert, delete or replace, at the least, to make one text of the other. */
    public static int between(String one, String other) {
        int[] a = one.codePoints().toArray();
        int[] b = other.codePoints().toArray();
        if ((long) a.length * b.length > MOST_CELLS) {
            return Math.max(a.length, b.length);
        }
        int[] row = new int[b.length + 1];
        for (int j = 0; j < row.length; j++) {
            row[j] = j;
        }
        for (int i = 1; i <= a.length; i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.length; j++) {
                int above = row[j];
                int substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                row[j] = Math.min(substituted, Math.min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[b.length];
    }
}
