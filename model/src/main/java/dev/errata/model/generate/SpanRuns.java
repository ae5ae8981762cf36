package dev.errata.model.generate;

import java.util.Arrays;

/** Runs of packed tokens whose angles go by the same span, for {@link dev.errata.model.decoder.Decoder#angles}. */
final class SpanRuns {
    private int[] counts = new int[16];
    private int[] spans = new int[16];
    private int runs;

    /** One more token, in a sequence that spans so many positions. */
    void add(int span) {
        if (runs == 0 || spans[runs - 1] != span) {
            if (runs == counts.length) {
                counts = Arrays.copyOf(counts, 2 * runs);
                spans = Arrays.copyOf(spans, 2 * runs);
            }
            spans[runs] = span;
            counts[runs++] = 0;
        }
        counts[runs - 1]++;
    }

    /** Tokens of each run. */
    int[] counts() {
        return Arrays.copyOf(counts, runs);
    }

    int[] spans() {
        return Arrays.copyOf(spans, runs);
    }
}
