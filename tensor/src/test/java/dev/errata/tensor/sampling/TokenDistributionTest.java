package dev.errata.tensor.sampling;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import org.junit.jupiter.api.Test;

class TokenDistributionTest {
    private static final int[] NONE = {};

    @Test
    void withoutSettingsItIsTheSoftmax() {
        TokenDistribution distribution = of(0, Math.log(2), Math.log(5));
        assertThat(distribution.compute(SamplerSettings.OFF, NONE)).isEqualTo(3);
        assertThat(distribution.probabilities()).containsExactly(new double[] {0.125, 0.25, 0.625}, within(1e-12));
    }

    @Test
    void aTokenWhoseProbabilityIsZeroInF32IsNotKept() {
        TokenDistribution distribution = of(0, -5, -1);
        SamplerSettings cold = new SamplerSettings(0.01, 0, 1, 0, 1, 1, 0);
        assertThat(distribution.compute(cold, NONE)).isEqualTo(2);
    }

    @Test
    void topKKeepsWhatTiesWithTheLast() {
        SamplerSettings two = new SamplerSettings(1, 2, 1, 0, 1, 1, 0);
        assertThat(of(3, 1, 2, 2).compute(two, NONE)).isEqualTo(3);
        assertThat(of(3, 1).compute(two, NONE)).isEqualTo(2);
    }

    @Test
    void topPKeepsOneTokenAtLeastEvenAmongEquals() {
        SamplerSettings none = new SamplerSettings(1, 0, 0, 0, 1, 1, 0);
        TokenDistribution distribution = of(1, 1, 1);
        assertThat(distribution.compute(none, NONE)).isEqualTo(1);
        assertThat(Arrays.stream(distribution.probabilities()).sum()).isEqualTo(1);
    }

    @Test
    void repetitionAndNGramsLookAtTheHistory() {
        SamplerSettings noPairTwice = new SamplerSettings(1, 0, 1, 0, 1, 1, 2);
        TokenDistribution distribution = of(0, 0, 0);
        assertThat(distribution.compute(noPairTwice, new int[] {0, 1, 0})).isEqualTo(2);
        assertThat(distribution.probabilities()[1]).isZero();

        SamplerSettings penalty = new SamplerSettings(1, 0, 1, 0, 1, 2, 0);
        TokenDistribution penalized = of(Math.log(4), 0);
        penalized.compute(penalty, new int[] {0, 0});
        assertThat(penalized.probabilities()[0]).isEqualTo(2.0 / 3, within(1e-12));
    }

    private static TokenDistribution of(double... logits) {
        TokenDistribution distribution = new TokenDistribution(logits.length);
        System.arraycopy(logits, 0, distribution.scores(), 0, logits.length);
        return distribution;
    }
}
