package dev.errata.bench.gpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

/** Against the published sizes of LLaMA-2, and products counted by hand. */
class StepFloorTest {
    private static final int RANK = 64;

    private static double gigaOperations(LlamaSize size, int length) {
        return StepFloor.of(size, RANK, length, 1).operationsPerToken() / 1e9;
    }

    @Test
    void sizesAreLlama2s() {
        assertThat(LlamaSize.B7.linearElements()).isEqualTo(6_476_005_376L);
        assertThat(LlamaSize.B13.linearElements()).isEqualTo(12_687_769_600L);
        assertThat(LlamaSize.B70.linearElements()).isEqualTo(68_451_041_280L);
        assertThat(LlamaSize.B7.adapterElements(RANK)).isEqualTo(159_907_840L);
        assertThat(LlamaSize.B70.adapterElements(RANK)).isEqualTo(828_375_040L);
        assertThat(LlamaSize.B7.keyValueBytes()).isEqualTo(524_288);
        assertThat(LlamaSize.B70.keyValueBytes()).isEqualTo(327_680);
    }

    @Test
    void aStepThatRecomputesTakesSixOperationsAWeightAndWhatAdaptersOutputAndAttentionTake() {
        assertThat(gigaOperations(LlamaSize.B7, 512)).isCloseTo(41.3, within(0.05));
        assertThat(gigaOperations(LlamaSize.B7, 2048)).isCloseTo(43.1, within(0.05));
        assertThat(gigaOperations(LlamaSize.B13, 512)).isCloseTo(79.7, within(0.05));
        assertThat(gigaOperations(LlamaSize.B70, 512)).isCloseTo(421, within(0.5));
    }

    @Test
    void aStepThatKeepsItsActivationsIsAThirdShorter() {
        StepFloor kept = StepFloor.of(LlamaSize.B7, RANK, 512, 0);
        double weights = 4.0 * 6_476_005_376L;
        double adapters = 6.0 * 159_907_840;
        double output = 4.0 * 32_000 * 4096;
        double attention = 7.0 * 512 * 4096 * 32;
        assertThat(kept.operationsPerToken()).isEqualTo(weights + adapters + output + attention);
        assertThat(kept.tokensPerSecond(kept.operationsPerToken() * 8192)).isEqualTo(8192);
    }
}
