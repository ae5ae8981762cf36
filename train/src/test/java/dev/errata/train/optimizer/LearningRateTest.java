package dev.errata.train.optimizer;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import dev.errata.train.Recorded;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LearningRateTest {
    @ParameterizedTest
    @CsvSource({"linear, linear", "cosine, cosine", "constant, constant_with_warmup"})
    void equalsTransformersSchedules(String ours, String theirs) {
        JsonNode recorded = Recorded.json("optim/optim.json").get("schedules").get(theirs);
        int total = recorded.path("num_training_steps").asInt(40);
        double peak = recorded.get("base_lr").asDouble();
        LearningRate rate =
                new LearningRate(ours, peak, recorded.get("num_warmup_steps").asInt(), total);
        double[] expected = Recorded.doubles(recorded.get("lr_used_at_step"));
        // Behind its end transformers' cosine rises again, where training never is.
        int steps = ours.equals("cosine") ? total : expected.length;
        for (int step = 0; step < steps; step++) {
            assertThat(rate.of(step + 1)).as("step %d", step).isCloseTo(expected[step], within(1e-12));
        }
    }

    @Test
    void withoutWarmUpTheFirstStepHasThePeak() {
        assertThat(new LearningRate("constant", 3e-4, 0, 10).of(1)).isEqualTo(3e-4);
        assertThat(new LearningRate("linear", 3e-4, 0, 10).of(1)).isEqualTo(3e-4);
        assertThat(new LearningRate("cosine", 3e-4, 0, 10).of(1)).isEqualTo(3e-4);
    }

    @Test
    void warmUpMayBeAsLongAsTheTraining() {
        LearningRate rate = new LearningRate("cosine", 1, 4, 4);
        assertThat(rate.of(1)).isZero();
        assertThat(rate.of(4)).isEqualTo(0.75);
    }
}
