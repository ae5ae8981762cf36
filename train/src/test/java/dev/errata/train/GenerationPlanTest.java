package dev.errata.train;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.withinPercentage;

import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Precision;
import dev.errata.model.generate.CacheBudget;
import dev.errata.model.generate.EngineLimits;
import dev.errata.model.generate.GenerationEngine;
import dev.errata.model.generate.GenerationRequest;
import dev.errata.model.generate.StopConditions;
import dev.errata.model.weights.ModelSource;
import dev.errata.tensor.Backends;
import dev.errata.tensor.BadInputException;
import dev.errata.tensor.sampling.SamplerSettings;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What texts that are written take, planned and taken. */
final class GenerationPlanTest {
    private static final int SLOTS = 4;
    private static final int PROMPT = 40;
    private static final int WRITTEN = 24;

    private static GenerationPlan planned(CacheBudget cache, long memory) {
        try (ModelSource source = ModelSource.open(Recorded.MODEL)) {
            return GenerationPlan.of(
                    source.config(),
                    Recorded.MODEL,
                    null,
                    Precision.F32,
                    EngineLimits.of(SLOTS, cache),
                    PROMPT,
                    WRITTEN,
                    MemoryBudget.of("cpu", memory));
        }
    }

    @Test
    void anEngineTakesNoMoreThanIsPlanned() {
        GenerationPlan plan = planned(CacheBudget.AS_NEEDED, 8L << 30);
        assertThat(plan.total()).isEqualTo(plan.weights() + plan.keysValues() + plan.step());
        List<GenerationRequest> requests = IntStream.range(0, 3 * SLOTS)
                .mapToObj(first -> new GenerationRequest(
                        IntStream.range(first, first + PROMPT).toArray(),
                        SamplerSettings.of(0.7, 0.95),
                        WRITTEN,
                        StopConditions.NONE,
                        first))
                .toList();
        try (ModelSource source = ModelSource.open(Recorded.MODEL);
                MeasuredBackend backend = new MeasuredBackend(Backends.choose("cpu", 1));
                Decoder decoder = Decoder.load(source.config(), source.weights(), backend, null, Precision.F32)) {
            assertThat(decoder.bytes()).isCloseTo(plan.weights(), withinPercentage(5));
            try (GenerationEngine engine = new GenerationEngine(decoder, EngineLimits.of(SLOTS))) {
                engine.generate(requests);
                assertThat(engine.cacheBytes()).isLessThanOrEqualTo(plan.keysValues());
                assertThat(backend.takenBytes()).isLessThanOrEqualTo(plan.total() + plan.total() / 20);
            }
        }
    }

    @Test
    void aToldBudgetIsPlannedAsToldAndOneByNeedAsFarAsThereIsRoom() {
        long needed = planned(CacheBudget.AS_NEEDED, 8L << 30).keysValues();
        assertThat(planned(CacheBudget.of(1 << 30), 8L << 30).keysValues()).isBetween((1L << 30) - (1 << 20), 1L << 30);
        GenerationPlan tight = planned(
                CacheBudget.AS_NEEDED,
                MemoryBudget.of("cpu", 1)
                        .with(planned(CacheBudget.AS_NEEDED, 8L << 30).weights() + needed / 2));
        assertThat(tight.keysValues()).isLessThan(needed / 2).isPositive();
    }

    @Test
    void aBudgetThatIsNotThereIsRefusedWithOneSentence() {
        KeyValueRoom room = new KeyValueRoom(1 << 20, 1 << 10);
        assertThat(room.within(EngineLimits.of(2)).cache()).isEqualTo(new CacheBudget(1 << 20, true));
        assertThat(room.within(EngineLimits.of(2, CacheBudget.of(1 << 19))).cache())
                .isEqualTo(CacheBudget.of(1 << 19));
        EngineLimits more = EngineLimits.of(2, CacheBudget.of(1 << 21));
        assertThatThrownBy(() -> room.within(more))
                .isInstanceOf(BadInputException.class)
                .hasMessageContaining("kv_memory is 2.0 MiB, and beside the weights there are 1.0 MiB");
    }
}
