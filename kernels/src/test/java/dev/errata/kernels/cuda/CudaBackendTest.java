package dev.errata.kernels.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.RepeatedStep;
import dev.errata.tensor.Scope;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.check.OperatorCase;
import dev.errata.tensor.check.OperatorCases;
import dev.errata.tensor.reference.ReferenceBackend;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The CUDA backend against the reference, operator by operator; on a real device with the large table. */
class CudaBackendTest {
    private static final long SLAB = 32L << 20;
    private static final int HEADS = 4;
    private static final int HEAD_DIM = 16;
    private static final int WIDTH = HEADS * HEAD_DIM;

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
    void agreesWithTheReferenceOnEveryOperatorThatItDoesntRefuse() {
        try (ReferenceBackend reference = new ReferenceBackend()) {
            for (OperatorCase operator : cases()) {
                if (operator.refusal(cuda).isPresent()) {
                    assertThatThrownBy(() -> operator.run(cuda))
                            .as(operator.name())
                            .isInstanceOf(IllegalArgumentException.class)
                            .hasMessageContaining("rows of 8 bits aren't multiplied");
                } else {
                    assertThat(operator.difference(operator.run(reference), operator.run(cuda)))
                            .isEmpty();
                }
                assertThat(cuda.liveBytes()).as(operator.name()).isZero();
            }
        }
    }

    @Test
    void hasTheSameBitsEachTime() {
        for (OperatorCase operator : TestDevice.REAL ? cases() : OperatorCases.tiny()) {
            if (operator.refusal(cuda).isPresent()) {
                continue;
            }
            List<OperatorCase.Output> first = operator.run(cuda);
            List<OperatorCase.Output> second = operator.run(cuda);
            for (int i = 0; i < first.size(); i++) {
                assertThat(second.get(i).values())
                        .as(operator.name())
                        .isEqualTo(first.get(i).values());
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
            assertThatThrownBy(() -> cuda.run(new Op.Scale(ids, 2))).hasMessageContaining("a float type");
            assertThatThrownBy(() -> cuda.download(a, MemorySegment.ofArray(new float[11])))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void doesARepeatedStepAgainWithoutAskingForItsOperators() {
        int[] asked = {0};
        float[] value = {0};
        try (Scope scope = new Scope("test", cuda)) {
            Tensor sum = scope.floats("sum", value, 1);
            Tensor two = scope.floats("two", new float[] {2}, 1);
            RepeatedStep step = cuda.repeated(() -> {
                asked[0]++;
                try (Scope token = new Scope("token", cuda)) {
                    Tensor next = token.f32("next", 1);
                    cuda.run(new Op.Add(sum, two, next));
                    cuda.run(new Op.Copy(next, sum));
                }
            });
            long before = cuda.liveBytes();
            for (int i = 1; i <= 5; i++) {
                step.run();
                cuda.download(sum, MemorySegment.ofArray(value));
                assertThat(value[0]).isEqualTo(2 * i);
            }
            assertThat(asked[0]).isEqualTo(2);
            step.close();
            assertThat(cuda.liveBytes()).isEqualTo(before);
        }
    }

    @Test
    void goesOnAfterARepeatedStepThatFails() {
        try (Scope scope = new Scope("test", cuda)) {
            Tensor x = scope.floats("x", new float[] {1}, 1);
            int[] asked = {0};
            RepeatedStep step = cuda.repeated(() -> {
                cuda.run(new Op.Scale(x, 2));
                if (++asked[0] == 2) {
                    throw new IllegalStateException("the second time");
                }
            });
            step.run();
            assertThatThrownBy(step::run).hasMessage("the second time");
            step.close();
            float[] value = {0};
            cuda.download(x, MemorySegment.ofArray(value));
            assertThat(value[0]).as("what was captured isn't done").isEqualTo(2);
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

    @Test
    void givesASequenceTheSameAttentionAloneAndAmongOthers() {
        int keys = 19;
        for (int queries : new int[] {1, 7, keys}) {
            float[][] results = new float[2][];
            for (int among = 0; among < 2; among++) {
                try (Scope scope = new Scope("test", cuda)) {
                    int others = among * 33;
                    Tensor q = scope.floats("q", numbers((queries + others) * WIDTH, 6), queries + others, WIDTH);
                    Tensor k = scope.floats("k", numbers((keys + others) * WIDTH, 7), keys + others, WIDTH);
                    Tensor v = scope.floats("v", numbers((keys + others) * WIDTH, 8), keys + others, WIDTH);
                    Tensor out = scope.f32("out", queries + others, WIDTH);
                    Tensor lse = scope.f32("lse", queries + others, HEADS);
                    SegmentBounds segments = among == 0
                            ? new SegmentBounds(new int[] {0}, new int[] {queries}, new int[] {0}, new int[] {keys})
                            : new SegmentBounds(
                                    new int[] {0, queries},
                                    new int[] {queries, others},
                                    new int[] {0, keys},
                                    new int[] {keys, others});
                    cuda.run(new Op.Attention(q, k, v, segments.on(scope), HEAD_DIM, 0.25f, 0, out, lse));
                    float[] all = new float[(queries + others) * WIDTH];
                    cuda.download(out, MemorySegment.ofArray(all));
                    results[among] = Arrays.copyOf(all, queries * WIDTH);
                }
            }
            assertThat(results[1]).as("%d queries", queries).isEqualTo(results[0]);
        }
    }

    /** The first numbers of a stream, so that a longer array begins with a shorter one's. */
    private static float[] numbers(int count, long stream) {
        float[] values = new float[count];
        for (int i = 0; i < count; i++) {
            values[i] = (float) Philox.normal(9, stream, i);
        }
        return values;
    }
}
