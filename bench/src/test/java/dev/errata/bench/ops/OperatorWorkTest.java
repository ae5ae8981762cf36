package dev.errata.bench.ops;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.Accesses;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Backends;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class OperatorWorkTest {
    @ParameterizedTest
    @CsvSource({"BF16, BF16, BF16", "BF16, F32, F32", "F32, BF16, F32", "F32, F32, F32"})
    void rowsOfBf16CountAgainstTheUnitForThemUnlessTheWeightIsF32(DType rows, DType weight, Arithmetic expected) {
        try (Backend backend = Backends.provider("cpu").create(1);
                Scope scope = new Scope("test", backend)) {
            Tensor x = scope.allocate("x", rows, 3, 64);
            Tensor y = scope.allocate("y", rows, 3, 32);
            Weight w = new Weight.Dense(scope.allocate("w", weight, 32, 64));
            assertThat(of(new Op.Linear(x, w, y, true), backend)).isEqualTo(expected);
            assertThat(of(new Op.LinearBackward(y, w, x, false), backend)).isEqualTo(expected);
        }
    }

    @ParameterizedTest
    @CsvSource({"BF16, BF16, BF16", "BF16, F32, F32", "F32, F32, F32"})
    void attentionOfBf16CountsAgainstTheUnitForIt(DType queries, DType keys, Arithmetic expected) {
        try (Backend backend = Backends.provider("cpu").create(1);
                Scope scope = new Scope("test", backend)) {
            Tensor q = scope.allocate("q", queries, 3, 64);
            Tensor k = scope.allocate("k", keys, 3, 64);
            Tensor lse = scope.f32("lse", 3, 1);
            assertThat(of(new Op.Attention(q, k, k, Segments.packed(scope, 3), 64, 1, 0, q, lse), backend))
                    .isEqualTo(expected);
        }
    }

    private static Arithmetic of(Op op, Backend backend) {
        return OperatorWork.of(op, Accesses.of(op), new SegmentLengths(backend)).arithmetic();
    }
}
