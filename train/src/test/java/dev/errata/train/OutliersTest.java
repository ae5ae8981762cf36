package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class OutliersTest {
    private final Outliers outliers = new Outliers();

    private String make(double loss, double norm) {
        String found = outliers.look(loss, norm);
        outliers.add(new StepRecord(1, loss, norm, 1e-3, 10, 1, null, found, null));
        return found;
    }

    private void usual(int steps) {
        for (int k = 0; k < steps; k++) {
            assertThat(make(2 + 0.1 * (k % 3), 1 + 0.2 * (k % 2))).isNull();
        }
    }

    @Test
    void tooFewStepsSayNothing() {
        usual(15);
        assertThat(outliers.look(100, 100)).isNull();
    }

    @Test
    void aLossOrANormFarAboveTheOthersIsFound() {
        usual(40);
        assertThat(outliers.look(2.4, 1.3)).isNull();
        assertThat(outliers.look(4, 1)).isEqualTo("loss");
        assertThat(outliers.look(2, 30)).isEqualTo("grad_norm");
        assertThat(outliers.look(0.1, 1e-6)).isNull();
    }

    @Test
    void outliersDoNotWidenWhatOthersAreMeasuredBy() {
        usual(40);
        for (int k = 0; k < 30; k++) {
            assertThat(make(9, 1)).isEqualTo("loss");
        }
    }

    @Test
    void aGradientOfZeroIsNoMeasure() {
        for (int k = 0; k < 40; k++) {
            assertThat(make(2, 0)).isNull();
        }
        assertThat(outliers.look(2, 5)).isNull();
    }
}
