package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class TrainingHealthTest {
    private final TrainingHealth health = new TrainingHealth();

    private List<String> look(long targets, double[]... steps) {
        List<String> said = new ArrayList<>();
        for (int i = 0; i < steps.length; i++) {
            health.look(new StepRecord(i + 1, steps[i][0], steps[i][1], 1e-3, targets, 1, null))
                    .ifPresent(said::add);
        }
        return said;
    }

    private static double[] step(double loss, double norm) {
        return new double[] {loss, norm};
    }

    @Test
    void aHealthyRunIsNotSpokenOf() {
        assertThat(look(500, step(2.5, 0.4), step(3.1, 1.5), step(2.0, 0.9), step(1.2, 3.0)))
                .isEmpty();
    }

    @Test
    void aRisenLossIsSaidOnceAndCounted() {
        assertThat(look(500, step(0.99, 1), step(6.26, 2), step(6.3, 2)))
                .singleElement()
                .asString()
                .contains("loss of step 2 is 6.26", "that of step 1 was 0.99", "optimizer.learning_rate");
        assertThat(health.warnings()).isEqualTo(new TrainingHealth.Warnings(2, 0, 0));
    }

    @Test
    void aGrownAndAVanishedGradientAreCounted() {
        assertThat(look(500, step(2, 1), step(2, 40), step(2, 0))).hasSize(1);
        assertThat(health.warnings()).isEqualTo(new TrainingHealth.Warnings(0, 2, 0));
    }

    @Test
    void lossesOfAFewTokensDifferByChance() {
        assertThat(look(4, step(0.5, 1), step(3.2, 1))).isEmpty();
    }
}
