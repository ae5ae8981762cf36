package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.Backends;
import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Scope;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.Weight;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Nothing outside a tensor is read or written, whatever the operands say. */
class WrongOperandsTest {
    private final CpuBackend backend = new CpuBackend(2);
    private final Scope scope = new Scope("test", backend);

    @AfterEach
    void close() {
        scope.close();
        assertThat(backend.liveBytes()).isZero();
        backend.close();
    }

    @Test
    void idsOutOfRangeAreRefused() {
        Tensor table = scope.zeros("table", 5, 3);
        for (int id : new int[] {-1, 5}) {
            Tensor ids = scope.ids("ids", new int[] {0, id});
            assertThatThrownBy(
                            () -> backend.run(new Op.Embedding(new Weight.Dense(table), ids, scope.f32("out", 2, 3))))
                    .isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> backend.run(
                            new Op.CrossEntropy(scope.zeros("x", 2, 5), ids, scope.f32("losses", 2), null, 1)))
                    .isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void tensorsThatAreTooSmallOrOfAnotherTypeAreRefused() {
        Tensor a = scope.zeros("a", 4, 6);
        Tensor b = scope.zeros("b", 5, 3);
        assertThatThrownBy(() -> backend.run(new Op.MatMul(a, b, scope.f32("c", 4, 3), false, false, 1, false)))
                .isInstanceOf(IllegalArgumentException.class);
        Tensor bytes = scope.allocate("bytes", DType.U8, 24);
        assertThatThrownBy(() -> backend.run(new Op.Add(a, bytes, a))).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void segmentsThatReachBeyondTheKeysAreRefused() {
        Tensor x = scope.zeros("x", 4, 8);
        Segments segments = new SegmentBounds(new int[] {0}, new int[] {4}, new int[] {1}, new int[] {4}).on(scope);
        Tensor out = scope.f32("out", 4, 8);
        Tensor lse = scope.f32("lse", 4, 1);
        assertThatThrownBy(() -> backend.run(new Op.Attention(x, x, x, segments, 8, 1, 0, out, lse)))
                .isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void unalignedMappedMemoryAndHeapMemoryCanBeAdopted() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment native1 = arena.allocate(64).asSlice(3, 12);
            MemorySegment.copy(new float[] {1, 2, 3}, 0, native1, ValueLayout.JAVA_FLOAT_UNALIGNED, 0, 3);
            Tensor a = scope.over("a", DType.F32, native1, 1, 3);
            Tensor b = scope.over("b", DType.F32, MemorySegment.ofArray(new float[] {4, 5, 6}), 1, 3);
            Tensor c = scope.f32("c", 1, 1);
            backend.run(new Op.MatMul(a, b, c, false, true, 1, false));
            float[] result = new float[1];
            backend.download(c, MemorySegment.ofArray(result));
            assertThat(result).containsExactly(32);
        }
    }

    @Test
    void isWhatRunsWithoutADeviceOption() {
        try (var chosen = Backends.choose(null, 2);
                var reference = Backends.choose("reference", 2)) {
            assertThat(chosen.name()).isEqualTo("cpu");
            assertThat(reference.name()).isEqualTo("reference");
        }
    }
}
