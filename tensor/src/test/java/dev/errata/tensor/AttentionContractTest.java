package dev.errata.tensor;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.reference.ReferenceBackend;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Operands of attention that don't fit are refused before anything runs, on every backend alike. */
class AttentionContractTest {
    private static final int D = 4;
    private final ReferenceBackend backend = new ReferenceBackend();
    private final Scope scope = new Scope("test", backend);

    @AfterEach
    void close() {
        scope.close();
        backend.close();
    }

    private Tensor f32(long... dims) {
        return scope.zeros("x", dims);
    }

    private Op.Attention attention(Tensor q, Tensor k, Tensor v, Segments segments, Tensor out, Tensor lse) {
        return new Op.Attention(q, k, v, segments, D, 1, 0, out, lse);
    }

    private static void refused(String message, ThrowingCallable call) {
        assertThatThrownBy(call).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(message);
    }

    @Test
    void headsThatAreNoMultipleOfTheKeyHeads() {
        Segments segments = Segments.packed(scope, 3);
        Tensor q = f32(3, 3 * D);
        Tensor lse = f32(3, 3);
        refused("multiple of the key heads", () -> attention(q, f32(3, 2 * D), f32(3, 2 * D), segments, q, lse));
        refused("multiple of the key heads", () -> attention(q, f32(3, D + 1), f32(3, D + 1), segments, q, lse));
        refused("multiple of the key heads", () -> attention(q, f32(3, 0), f32(3, 0), segments, q, lse));
    }

    @Test
    void shapesAndTypesThatDiffer() {
        Segments segments = Segments.packed(scope, 3);
        Tensor q = f32(3, 2 * D);
        Tensor k = f32(3, D);
        Tensor lse = f32(3, 2);
        Tensor bf16 = scope.allocate("bf16", DType.BF16, 3, D);
        Tensor ids = scope.ids("ids", new int[3 * 2 * D]).view(3, 2 * D);
        refused("values like the keys", () -> attention(q, k, f32(4, D), segments, q, lse));
        refused("of one type", () -> attention(q, k, bf16, segments, q, lse));
        refused("output like the queries", () -> attention(q, k, k, segments, f32(2, 2 * D), lse));
        refused("sum for each query and head", () -> attention(q, k, k, segments, q, f32(3, 1)));
        refused("F32 or BF16", () -> attention(ids, k, k, segments, q, lse));
    }

    @Test
    void segmentsBeyondTheTensors() {
        Tensor q = f32(3, D);
        Tensor lse = f32(3, 1);
        refused("reach beyond", () -> attention(q, q, q, Segments.packed(scope, 2, 2), q, lse));
        SegmentBounds late = new SegmentBounds(new int[] {0}, new int[] {3}, new int[] {1}, new int[] {3});
        refused("reach beyond", () -> attention(q, q, q, late.on(scope), q, lse));
        refused(
                "more queries than keys",
                () -> new SegmentBounds(new int[] {0}, new int[] {3}, new int[] {0}, new int[] {2}));
        refused("negative", () -> new SegmentBounds(new int[] {-1}, new int[] {3}, new int[] {0}, new int[] {3}));
        refused("different numbers", () -> new SegmentBounds(new int[2], new int[1], new int[1], new int[1]));
    }

    @Test
    void blocksThatAreNotThere() {
        int block = Op.WriteKeyValues.BLOCK_TOKENS;
        SegmentBounds bounds = SegmentBounds.ofQueries(new int[] {1}, new int[] {block + 1});
        refused("block 4 of 4", () -> bounds.on(scope, new int[] {0, 4}, 2, 4, block));
        refused("block -1 of 4", () -> bounds.on(scope, new int[] {0, -1}, 2, 4, block));
        refused("no place for", () -> bounds.on(scope, new int[] {0}, 1, 4, block));
        refused("a table of 3", () -> bounds.on(scope, new int[] {0, 1, 2}, 2, 4, block));
        Segments segments = bounds.on(scope, new int[] {0, 3}, 2, 4, block);
        Tensor q = f32(1, D);
        Tensor lse = f32(1, 1);
        refused("reach beyond", () -> attention(q, f32(3, block, D), f32(3, block, D), segments, q, lse));
        refused("multiple of 32", () -> attention(q, f32(8, block / 2, D), f32(8, block / 2, D), segments, q, lse));
        refused("tokens a block", () -> attention(q, f32(4L * block, D), f32(4L * block, D), segments, q, lse));
        Op.Attention forward = attention(q, f32(4, block, D), f32(4, block, D), segments, q, lse);
        refused("no gradient", () -> new Op.AttentionBackward(forward, q, q, q, q));
    }

    @Test
    void slotsAreOneForEachRowAndInTheCache() {
        Tensor cache = f32(2, Op.WriteKeyValues.BLOCK_TOKENS, D);
        Tensor k = f32(1, D);
        refused(
                "slot for each row",
                () -> new Op.WriteKeyValues(k, k, scope.ids("slots", new int[] {1, 2}), D, cache, cache));
        refused(
                "as wide as",
                () -> new Op.WriteKeyValues(
                        f32(1, 2 * D), f32(1, 2 * D), scope.ids("slots", new int[] {1}), D, cache, cache));
        Op beyond = new Op.WriteKeyValues(k, k, scope.ids("slots", new int[] {64}), D, cache, cache);
        assertThatThrownBy(() -> backend.run(beyond)).isInstanceOf(IndexOutOfBoundsException.class);
    }
}
