package dev.errata.tensor;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class PhiloxTest {
    /** The first two words of the known answers that Random123 publishes for philox4x32-10. */
    @Test
    void givesThePublishedKnownAnswers() {
        assertThat(Philox.bits(0, 0, 0)).isEqualTo(words(0x6627e8d5, 0xe169c58d));
        assertThat(Philox.bits(-1, -1, -1)).isEqualTo(words(0x408f276d, 0x41c83b0e));
        // Counter 243f6a88 85a308d3 13198a2e 03707344, key a4093822 299f31d0: the digits of pi.
        long index = words(0x243f6a88, 0x85a308d3);
        long stream = words(0x13198a2e, 0x03707344);
        assertThat(Philox.bits(words(0xa4093822, 0x299f31d0), stream, index)).isEqualTo(words(0xd16cfe09, 0x94fdcceb));
    }

    private static long words(int low, int high) {
        return (low & 0xFFFFFFFFL) | (long) high << 32;
    }

    @Test
    void permutationsHoldEveryNumberOnce() {
        for (int n : new int[] {0, 1, 2, 3, 17, 1000}) {
            int[] order = Philox.permutation(5, 9, n);
            boolean[] seen = new boolean[n];
            for (int i : order) {
                assertThat(seen[i]).isFalse();
                seen[i] = true;
            }
            assertThat(order).hasSize(n);
        }
        assertThat(Philox.permutation(5, 9, 1000)).isNotEqualTo(Philox.permutation(6, 9, 1000));
        assertThat(Philox.permutation(5, 9, 1000)).isNotEqualTo(Philox.permutation(5, 8, 1000));
    }

    @Test
    void everyPermutationOfThreeIsAboutAsLikely() {
        int[] counts = new int[27];
        for (int stream = 0; stream < 6000; stream++) {
            int[] order = Philox.permutation(1, stream, 3);
            counts[order[0] * 9 + order[1] * 3 + order[2]]++;
        }
        for (int code : new int[] {5, 7, 11, 15, 19, 21}) {
            // Six of 1000 each; the standard deviation is 29.
            assertThat(counts[code]).isBetween(850, 1150);
        }
    }

    @Test
    void drawsBelowABoundStayBelowIt() {
        for (int bound : new int[] {1, 2, 3, 7, 1000, Integer.MAX_VALUE}) {
            for (int i = 0; i < 1000; i++) {
                assertThat(Philox.below(3, bound, i, bound)).isBetween(0, bound - 1);
            }
        }
    }

    @Test
    void uniformsLieInTheUnitInterval() {
        double sum = 0;
        for (int i = 0; i < 10_000; i++) {
            assertThat(Philox.uniform(1, 2, i)).isBetween(0f, Math.nextDown(1f));
            double u = Philox.uniformDouble(1, 3, i);
            assertThat(u).isBetween(0d, Math.nextDown(1d));
            sum += u;
        }
        assertThat(sum / 10_000).isBetween(0.49, 0.51);
    }

    @Test
    void normalsHaveTheirMomentsAndAreFinite() {
        double sum = 0;
        double squares = 0;
        for (int i = 0; i < 10_000; i++) {
            double x = Philox.normal(1, 4, i);
            assertThat(x).isFinite();
            sum += x;
            squares += x * x;
        }
        assertThat(sum / 10_000).isBetween(-0.04, 0.04);
        assertThat(squares / 10_000).isBetween(0.95, 1.05);
    }

    @Test
    void streamsTellTheirPartsApart() {
        assertThat(Philox.stream("ab", "c")).isNotEqualTo(Philox.stream("a", "bc"));
        assertThat(Philox.stream("a", 1)).isNotEqualTo(Philox.stream("a", 2));
        assertThat(Philox.stream("a", 1)).isEqualTo(Philox.stream("a", 1L));
    }
}
