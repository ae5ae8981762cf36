package dev.errata.tensor.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * Against what transformers 5.18.0 computes: {@code cases.tsv} has the settings, {@code cases.f32} each case's logits
 * and probabilities, little-endian, in the same order.
 */
class TokenDistributionTest {
    @Test
    void equalsTransformersOnAllRecordedCases() throws IOException {
        List<String> lines = new String(resource("cases.tsv"), StandardCharsets.UTF_8)
                .lines()
                .toList();
        ByteBuffer numbers = ByteBuffer.wrap(resource("cases.f32")).order(ByteOrder.LITTLE_ENDIAN);
        assertThat(lines).hasSize(46);
        for (String line : lines.subList(1, lines.size())) {
            compare(line.split("\t", -1), numbers);
        }
        assertThat(numbers.hasRemaining()).isFalse();
    }

    private static void compare(String[] row, ByteBuffer numbers) {
        int vocabulary = Integer.parseInt(row[1]);
        SamplerSettings settings = new SamplerSettings(
                Double.parseDouble(row[2]),
                Integer.parseInt(row[3]),
                Double.parseDouble(row[4]),
                Double.parseDouble(row[5]),
                Double.parseDouble(row[6]),
                Double.parseDouble(row[7]),
                Integer.parseInt(row[8]));
        int[] history =
                Arrays.stream(row[10].split(" ")).mapToInt(Integer::parseInt).toArray();
        TokenDistribution distribution = new TokenDistribution(vocabulary);
        for (int i = 0; i < vocabulary; i++) {
            distribution.scores()[i] = numbers.getFloat();
        }
        assertThat(distribution.compute(settings, history)).as(row[0]).isEqualTo(Integer.parseInt(row[9]));
        for (int i = 0; i < vocabulary; i++) {
            float expected = numbers.getFloat();
            double p = distribution.probabilities()[i];
            assertThat(p).as("%s, token %d", row[0], i).isCloseTo(expected, within(1e-6));
            assertThat((float) p > 0).as("%s, token %d", row[0], i).isEqualTo(expected > 0);
        }
    }

    private static byte[] resource(String name) throws IOException {
        try (InputStream in = TokenDistributionTest.class.getResourceAsStream("/sampling/" + name)) {
            return in.readAllBytes();
        }
    }

    private static TokenDistribution of(double... logits) {
        TokenDistribution distribution = new TokenDistribution(logits.length);
        System.arraycopy(logits, 0, distribution.scores(), 0, logits.length);
        return distribution;
    }

    @Test
    void picksTheTokenAtWhichTheSumPasses() {
        TokenDistribution half = of(0, Double.NEGATIVE_INFINITY, 0);
        half.compute(SamplerSettings.OFF, new int[0]);
        assertThat(half.pick(0)).isZero();
        assertThat(half.pick(0.4999)).isZero();
        assertThat(half.pick(0.5)).isEqualTo(2);
        assertThat(half.pick(Math.nextDown(1.0))).isEqualTo(2);
    }

    @Test
    void greedyTakesTheFirstOfEquals() {
        assertThat(of(1, 3, 3, 2).largest(SamplerSettings.GREEDY, new int[0])).isEqualTo(1);
    }

    @Test
    void greedyPenalizesToo() {
        SamplerSettings penalized = new SamplerSettings(0, 0, 1, 0, 1, 2, 0);
        assertThat(of(1, 3, 2.5).largest(penalized, new int[] {1, 1})).isEqualTo(2);
    }

    @Test
    void keepsOneTokenHoweverSmallTopPIs() {
        TokenDistribution distribution = of(1, 2, 3);
        assertThat(distribution.compute(SamplerSettings.of(1, 1e-9), new int[0]))
                .isEqualTo(1);
        assertThat(distribution.probabilities()).containsExactly(0, 0, 1);
    }

    @Test
    void standsHugeLogits() {
        TokenDistribution distribution = of(1e30, -1e30, 1e30);
        distribution.compute(SamplerSettings.of(0.1, 1), new int[0]);
        assertThat(distribution.probabilities()).containsExactly(0.5, 0, 0.5);
    }

    @Test
    void typicalKeepsAllThatAreAsNearAsTheLastOneKept() {
        TokenDistribution distribution = of(0, 0, 0, 0, -9);
        SamplerSettings typical = new SamplerSettings(1, 0, 1, 0, 0.3, 1, 0);
        assertThat(distribution.compute(typical, new int[0])).isEqualTo(4);
        assertThat(distribution.probabilities()).containsExactly(0.25, 0.25, 0.25, 0.25, 0);
    }

    @Test
    void scoresAreRoundedToSinglePrecisionByTheTemperature() {
        TokenDistribution distribution = of(10.1f, 10.100001f);
        distribution.compute(SamplerSettings.of(0.007, 1), new int[0]);
        float gap = 10.100001f / 0.007f - 10.1f / 0.007f;
        assertThat(distribution.probabilities()[1]).isCloseTo(1 / (1 + Math.exp(-gap)), within(1e-12));
    }
}
