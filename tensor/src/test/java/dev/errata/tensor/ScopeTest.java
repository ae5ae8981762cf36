package dev.errata.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.reference.ReferenceBackend;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ScopeTest {
    private final ReferenceBackend backend = new ReferenceBackend();

    @AfterEach
    void close() {
        backend.close();
    }

    @Test
    void givesAllMemoryBackWhenItCloses() {
        try (Scope scope = new Scope("step", backend)) {
            scope.f32("a", 3, 5);
            scope.zeros("b", 100);
            scope.ids("c", new int[] {1, 2});
            assertThat(backend.liveBytes()).isGreaterThanOrEqualTo(60 + 400 + 8);
        }
        assertThat(backend.liveBytes()).isZero();
        assertThat(backend.peakBytes()).isPositive();
    }

    @Test
    void namesATensorThatIsUsedAfterItsScopeClosed() {
        Scope scope = new Scope("micro-batch", backend);
        Tensor tensor = scope.f32("hidden", 4);
        scope.close();
        assertThatThrownBy(() -> backend.run(new Op.Fill(tensor, 1)))
                .isInstanceOf(IllegalStateException.class)
                .hasMessage("tensor hidden is used after its scope micro-batch was closed");
    }

    @Test
    void aViewEndsWithItsScopeToo() {
        Scope scope = new Scope("step", backend);
        Tensor view = scope.f32("hidden", 4).view(2, 2);
        scope.close();
        assertThatThrownBy(view::storage).hasMessageContaining("hidden");
    }

    @Test
    void allocatesNothingOnceClosed() {
        Scope scope = new Scope("step", backend);
        scope.close();
        assertThatThrownBy(() -> scope.f32("late", 1)).isInstanceOf(IllegalStateException.class);
        assertThat(backend.liveBytes()).isZero();
    }

    @Test
    void closingTwiceFreesOnce() {
        Scope first = new Scope("first", backend);
        first.f32("a", 8);
        first.close();
        try (Scope second = new Scope("second", backend)) {
            second.f32("b", 8);
            long live = backend.liveBytes();
            first.close();
            assertThat(backend.liveBytes()).isEqualTo(live);
        }
    }

    @Test
    void aMovedTensorOutlivesItsFirstScope() {
        try (Scope outer = new Scope("outer", backend)) {
            Tensor moved;
            try (Scope inner = new Scope("inner", backend)) {
                inner.zeros("scratch", 64);
                moved = inner.move(inner.floats("kept", new float[] {3, 4}, 2), outer);
            }
            float[] values = new float[2];
            backend.download(moved, MemorySegment.ofArray(values));
            assertThat(values).containsExactly(3, 4);
            assertThat(backend.liveBytes()).isEqualTo(64);
        }
        assertThat(backend.liveBytes()).isZero();
    }

    @Test
    void movesOnlyWhatIsItsOwn() {
        try (Scope one = new Scope("one", backend);
                Scope two = new Scope("two", backend)) {
            Tensor tensor = two.f32("x", 2);
            assertThatThrownBy(() -> one.move(tensor, two)).hasMessageContaining("tensor x is not scope one's");
        }
    }

    @Test
    void doesNotMoveIntoAClosedScope() {
        Scope closed = new Scope("closed", backend);
        closed.close();
        try (Scope scope = new Scope("open", backend)) {
            Tensor tensor = scope.f32("x", 2);
            assertThatThrownBy(() -> scope.move(tensor, closed)).isInstanceOf(IllegalStateException.class);
        }
        assertThat(backend.liveBytes()).isZero();
    }

    @Test
    void aFreedTensorNamesItselfAndItsViewsToo() {
        try (Scope scope = new Scope("block", backend)) {
            Tensor gate = scope.f32("gate", 4, 4);
            Tensor part = gate.rowRange(1, 2);
            Tensor window = gate.window("scales", DType.U8, 8, 8);
            scope.free(gate.allocation());
            assertThat(backend.liveBytes()).isZero();
            assertThatThrownBy(() -> backend.run(new Op.Fill(gate, 1)))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("tensor gate is used after it was freed in scope block");
            assertThatThrownBy(part::storage).hasMessageContaining("tensor gate is used after it was freed");
            assertThatThrownBy(window::storage).hasMessageContaining("tensor scales is used after it was freed");
            assertThatThrownBy(() -> scope.free(gate.allocation())).hasMessageContaining("gate is not scope block's");
        }
        assertThat(backend.liveBytes()).isZero();
    }

    @Test
    void aRestoredTensorCanBeUsedAgainThroughItsViews() {
        try (Scope scope = new Scope("block", backend)) {
            Tensor x = scope.zeros("x", 4, 2);
            Tensor part = x.rowRange(1, 2);
            backend.run(new Op.Fill(part, 3));
            scope.free(x.allocation());
            Tensor between = scope.zeros("between", 4, 2);
            scope.restore(x.allocation());
            backend.run(new Op.Fill(x, 1));
            backend.run(new Op.Fill(part, 5));
            float[] values = new float[8];
            backend.download(x, MemorySegment.ofArray(values));
            assertThat(values).containsExactly(1, 1, 5, 5, 5, 5, 1, 1);
            backend.download(between, MemorySegment.ofArray(values));
            assertThat(values).containsOnly(0);
            assertThatThrownBy(() -> scope.restore(x.allocation())).isInstanceOf(IllegalStateException.class);
        }
        assertThat(backend.liveBytes()).isZero();
    }

    @Test
    void aWindowStaysWithinItsTensor() {
        try (Scope scope = new Scope("block", backend)) {
            Tensor part = scope.zeros("x", 4, 2).rowRange(1, 2);
            assertThatThrownBy(() -> part.rowRange(1, 2)).isInstanceOf(IndexOutOfBoundsException.class);
            assertThatThrownBy(() -> part.window("w", DType.F32, -4, 1)).isInstanceOf(IndexOutOfBoundsException.class);
        }
    }

    @Test
    void refusesMoreBytesThanALongHolds() {
        try (Scope scope = new Scope("step", backend)) {
            assertThatThrownBy(() -> scope.f32("huge", 1L << 62)).isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void rowRangesShareTheMemory() {
        try (Scope scope = new Scope("step", backend)) {
            Tensor x = scope.zeros("x", 4, 3);
            backend.run(new Op.Fill(x.rowRange(1, 2), 5));
            float[] values = new float[12];
            backend.download(x, MemorySegment.ofArray(values));
            assertThat(values).containsExactly(0, 0, 0, 5, 5, 5, 5, 5, 5, 0, 0, 0);
        }
    }
}
