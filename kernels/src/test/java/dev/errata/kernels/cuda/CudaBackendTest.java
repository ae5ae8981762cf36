package dev.errata.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.check.OperatorCase;
import dev.errata.tensor.check.OperatorCases;
import dev.errata.tensor.reference.ReferenceBackend;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The CUDA backend against the reference, operator by operator; on a real device with the large table. */
class CudaBackendTest {
    private static final long SLAB = 32L << 20;

    private final CudaBackend cuda =
            new CudaBackend("cuda", TestDevice.open(), TestDevice.REAL ? SLAB : CudaBackend.NO_SLABS);

    @AfterEach
    void close() {
        cuda.close();
    }

    private static List<OperatorCase> cases() {
        return TestDevice.REAL ? OperatorCases.all() : OperatorCases.small();
    }

    @Test
    void agreesWithTheReferenceOnEveryOperator() {
        try (ReferenceBackend reference = new ReferenceBackend()) {
            for (OperatorCase operator : cases()) {
                assertThat(operator.difference(operator.run(reference), operator.run(cuda)))
                        .isEmpty();
                assertThat(cuda.liveBytes()).as(operator.name()).isZero();
            }
        }
    }

    @Test
    void hasTheSameBitsEachTime() {
        for (OperatorCase operator : TestDevice.REAL ? cases() : OperatorCases.tiny()) {
            List<double[]> first = operator.run(cuda);
            List<double[]> second = operator.run(cuda);
            for (int i = 0; i < first.size(); i++) {
                assertThat(second.get(i)).as(operator.name()).isEqualTo(first.get(i));
            }
        }
    }

    @Test
    void refusesOperandsThatDontGoTogether() {
        try (Scope scope = new Scope("test", cuda)) {
            Tensor a = scope.f32("a", 3, 4);
            Tensor b = scope.f32("b", 5, 4);
            assertThatThrownBy(() -> cuda.run(new Op.MatMul(a, b, scope.f32("c", 3, 5), false, false, 1, false)))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> cuda.run(new Op.Add(a, b, a))).isInstanceOf(IllegalArgumentException.class);
            Tensor ids = scope.allocate("ids", DType.I32, 12);
            assertThatThrownBy(() -> cuda.run(new Op.Scale(ids, 2))).hasMessageContaining("not F32");
            assertThatThrownBy(() -> cuda.download(a, MemorySegment.ofArray(new float[11])))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void crossesInPiecesLargerThanItsStaging() {
        int n = TestDevice.REAL ? 13_000_001 : 2_100_001;
        float[] values = new float[n];
        for (int i = 0; i < n; i++) {
            values[i] = i;
        }
        float[] back = new float[n];
        try (Scope scope = new Scope("test", cuda)) {
            Tensor x = scope.f32("x", n);
            cuda.upload(MemorySegment.ofArray(values), x);
            cuda.download(x, MemorySegment.ofArray(back));
        }
        assertThat(back).isEqualTo(values);
    }
}
