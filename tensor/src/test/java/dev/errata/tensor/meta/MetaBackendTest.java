package dev.errata.tensor.meta;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.DType;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import dev.errata.tensor.autograd.Ops;
import dev.errata.tensor.ggml.GgmlType;
import org.junit.jupiter.api.Test;

class MetaBackendTest {
    @Test
    void holdsMatricesThatNoMachineHasMemoryFor() {
        try (MetaBackend meta = new MetaBackend()) {
            try (Scope scope = new Scope("model", meta)) {
                Tensor x = scope.f32("x", 1 << 20, 1 << 20);
                Tensor weight = scope.f32("w", 1 << 20, 1 << 20);
                Tensor y = new Ops(scope, null).linear(x, new Weight.Dense(weight));
                assertThat(y.shape().toArray()).containsExactly(1 << 20, 1 << 20);
                assertThat(meta.liveBytes()).isEqualTo(3L << 42);
            }
            assertThat(meta.liveBytes()).isZero();
            assertThat(meta.peakBytes()).isEqualTo(3L << 42);
            meta.resetPeak();
            assertThat(meta.peakBytes()).isZero();
        }
    }

    /** So that a generation in int8 can be planned as any other. */
    @Test
    void knowsWeightsThatAreMultipliedWithRowsOf8Bits() {
        try (MetaBackend meta = new MetaBackend();
                Scope scope = new Scope("model", meta)) {
            Weight.Ggml blocks =
                    new Weight.Ggml(GgmlType.Q8_0, 4, 32, scope.allocate("w", DType.U8, 4 * 34), DType.F32);
            assertThat(meta.roundsRows()).isTrue();
            assertThat(meta.prepare("w", blocks.withEightBitRows(), scope).eightBitRows())
                    .isTrue();
            assertThat(meta.prepare("w", blocks, scope).eightBitRows()).isFalse();
        }
    }
}
