package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.tensor.DType;
import dev.errata.tensor.Op;
import dev.errata.tensor.Philox;
import dev.errata.tensor.Rounding;
import dev.errata.tensor.Scope;
import dev.errata.tensor.SegmentBounds;
import dev.errata.tensor.Segments;
import dev.errata.tensor.Tensor;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A token gets the same attention, to the bit, however its sequence is cut and whatever is beside it. */
class AttentionBitsTest {
    private static final int TOKENS = 301;
    private static final int BLOCK = Op.WriteKeyValues.BLOCK_TOKENS;
    private static final int WIDTH = Math.ceilDiv(TOKENS, BLOCK);
    private static final int OTHERS = 77;

    @ParameterizedTest
    @CsvSource({
        "9, 3, 64, 0, 0, F32, F32",
        "3, 1, 34, 0, 0, F32, F32",
        "2, 2, 16, 37, 0, F32, F32",
        "7, 1, 64, 260, 1.5, F32, F32",
        "10, 2, 80, 0, 0, F32, BF16",
        "4, 1, 96, 33, 0, BF16, BF16",
        "5, 1, 6, 0, 1.5, BF16, F32"
    })
    void aTokenHasTheSameBitsAloneAndInItsPromptInRowsAndInBlocks(
            int heads, int keyHeads, int d, int window, float softCap, DType dtype, DType cached) {
        Shape shape = new Shape(heads, keyHeads, d, window, softCap, dtype, cached);
        float[] expected = whole(shape, 1);
        assertThat(whole(shape, 2)).as("whole, two threads").isEqualTo(expected);
        for (int part : new int[] {1, 5, 7, 8, 48, 100, TOKENS}) {
            assertThat(inBlocks(shape, part, 2)).as("in blocks, by " + part).isEqualTo(expected);
        }
        assertThat(inBlocks(shape, 7, 1)).as("in blocks, one thread").isEqualTo(expected);
        assertThat(inRows(shape, 3)).as("in rows, by 3").isEqualTo(expected);
        assertThat(inRows(shape, 61)).as("in rows, by 61").isEqualTo(expected);
    }

    @ParameterizedTest
    @CsvSource({
        "9, 3, 64, 0, 0, F32, F32",
        "3, 1, 34, 0, 0, F32, F32",
        "2, 2, 16, 37, 0, F32, F32",
        "14, 2, 64, 0, 1.5, F32, F32",
        "10, 2, 80, 0, 0, F32, BF16",
        "4, 1, 96, 0, 0, BF16, BF16",
        "32, 1, 8, 0, 0, F32, F32",
        "5, 1, 6, 0, 1.5, BF16, F32"
    })
    void whoeverBeginsInTheSameBlocksHasTheBitsOfBeingAlone(
            int heads, int keyHeads, int d, int window, float softCap, DType dtype, DType cached) {
        Shape shape = new Shape(heads, keyHeads, d, window, softCap, dtype, cached);
        for (int[] lengths : new int[][] {
            {301, 290, 301, 257, 300},
            {300, 64, 290},
            {65, 64, 96, 300, 130, 97, 258, 259, 260, 261, 262, 263, 264, 265, 266, 267, 268, 269, 270, 271, 272},
            {2, 300, 299, 1, 300}
        }) {
            float[] together = decoded(
                    shape, lengths, 2, IntStream.range(0, lengths.length).toArray());
            assertThat(decoded(
                            shape,
                            lengths,
                            1,
                            IntStream.range(0, lengths.length).toArray()))
                    .isEqualTo(together);
            int row = together.length / lengths.length;
            for (int s = 0; s < lengths.length; s++) {
                assertThat(decoded(shape, lengths, 2, s))
                        .as("sequence " + s + " of " + Arrays.toString(lengths))
                        .isEqualTo(Arrays.copyOfRange(together, s * row, (s + 1) * row));
            }
        }
    }

    /** One query of each of some sequences, which begin in the same blocks but for their last ones, of which each has its own. */
    private static float[] decoded(Shape shape, int[] lengths, int threads, int... chosen) {
        try (CpuBackend cpu = new CpuBackend(threads);
                Scope scope = new Scope("decoding", cpu)) {
            int blocks = WIDTH * (lengths.length + 1);
            int[] places = Philox.permutation(7, 1, blocks);
            Tensor keys = random(scope, shape.cached, 2, blocks * BLOCK, shape.keyWidth());
            Tensor values = random(scope, shape.cached, 3, blocks * BLOCK, shape.keyWidth());
            int[] table = new int[chosen.length * WIDTH];
            int[] ones = new int[chosen.length];
            int[] all = new int[chosen.length];
            Tensor q = scope.allocate("q", shape.dtype, chosen.length, shape.width());
            set(q, row -> chosen[row], 1);
            for (int row = 0; row < chosen.length; row++) {
                int s = chosen[row];
                ones[row] = 1;
                all[row] = lengths[s];
                for (int i = 0; i < WIDTH; i++) {
                    boolean own = i >= Math.min(8 - s % 2, lengths[s] / BLOCK);
                    table[row * WIDTH + i] = places[own ? (s + 1) * WIDTH + i : i];
                }
            }
            Segments segments = SegmentBounds.ofQueries(ones, all).on(scope, table, WIDTH, blocks, BLOCK);
            Tensor keyBlocks = keys.window("keys", shape.cached, 0, blocks, BLOCK, shape.keyWidth());
            Tensor valueBlocks = values.window("values", shape.cached, 0, blocks, BLOCK, shape.keyWidth());
            return run(scope, shape, q, keyBlocks, valueBlocks, segments, chosen.length);
        }
    }

    /**
     * @param cached the type of keys and values, in rows too
     */
    private record Shape(int heads, int keyHeads, int d, int window, float softCap, DType dtype, DType cached) {
        int width() {
            return heads * d;
        }

        int keyWidth() {
            return keyHeads * d;
        }
    }

    private static float[] whole(Shape shape, int threads) {
        try (CpuBackend cpu = new CpuBackend(threads);
                Scope scope = new Scope("whole", cpu)) {
            Tensor k = random(scope, shape.cached, 2, TOKENS, shape.keyWidth());
            Tensor v = random(scope, shape.cached, 3, TOKENS, shape.keyWidth());
            Tensor q = random(scope, shape.dtype, 1, TOKENS, shape.width());
            return run(scope, shape, q, k, v, Segments.packed(scope, TOKENS), TOKENS);
        }
    }

    /** Parts of the sequence one after another, beside another sequence whose keys lie before them. */
    private static float[] inRows(Shape shape, int part) {
        try (CpuBackend cpu = new CpuBackend(2);
                Scope scope = new Scope("rows", cpu)) {
            Tensor k = scope.allocate("k", shape.cached, OTHERS + TOKENS, shape.keyWidth());
            Tensor v = scope.allocate("v", shape.cached, OTHERS + TOKENS, shape.keyWidth());
            fill(k, 2, OTHERS);
            fill(v, 3, OTHERS);
            return inParts(part, (from, count) -> {
                Tensor q = scope.allocate("q", shape.dtype, count + OTHERS, shape.width());
                fill(q, 1, from, count);
                Segments segments = new SegmentBounds(
                                new int[] {0, count}, new int[] {count, OTHERS}, new int[] {OTHERS, 0}, new int[] {
                                    from + count, OTHERS
                                })
                        .on(scope);
                return run(scope, shape, q, k, v, segments, count);
            });
        }
    }

    private static float[] inBlocks(Shape shape, int part, int threads) {
        try (CpuBackend cpu = new CpuBackend(threads);
                Scope scope = new Scope("blocks", cpu)) {
            int blocks = WIDTH + 2;
            int[] table = Arrays.copyOf(Philox.permutation(5, 1, blocks), WIDTH);
            int[] slots = IntStream.range(0, TOKENS)
                    .map(j -> table[j / BLOCK] * BLOCK + j % BLOCK)
                    .toArray();
            Tensor keys = scope.allocate("keys", shape.cached, blocks, BLOCK, shape.keyWidth());
            Tensor values = scope.allocate("values", shape.cached, blocks, BLOCK, shape.keyWidth());
            Tensor k = random(scope, shape.cached, 2, TOKENS, shape.keyWidth());
            Tensor v = random(scope, shape.cached, 3, TOKENS, shape.keyWidth());
            cpu.run(new Op.WriteKeyValues(k, v, scope.ids("slots", slots), shape.d, keys, values));
            return inParts(part, (from, count) -> {
                Tensor q = scope.allocate("q", shape.dtype, count, shape.width());
                fill(q, 1, from, count);
                Segments segments = SegmentBounds.ofQueries(new int[] {count}, new int[] {from + count})
                        .on(scope, table, WIDTH, blocks, BLOCK);
                return run(scope, shape, q, keys, values, segments, count);
            });
        }
    }

    private interface Part {
        /** The output of so many queries from one on. */
        float[] run(int from, int count);
    }

    private static float[] inParts(int part, Part step) {
        float[] all = new float[0];
        for (int from = 0; from < TOKENS; from += part) {
            float[] some = step.run(from, Math.min(part, TOKENS - from));
            int at = all.length;
            all = Arrays.copyOf(all, at + some.length);
            System.arraycopy(some, 0, all, at, some.length);
        }
        return all;
    }

    /** The first rows of the output with their sums behind each row. */
    private static float[] run(Scope scope, Shape shape, Tensor q, Tensor k, Tensor v, Segments segments, int rows) {
        Tensor out = scope.allocate("out", shape.dtype, q.rows(), shape.width());
        Tensor lse = scope.f32("lse", q.rows(), shape.heads);
        float scale = (float) (1 / Math.sqrt(shape.d));
        scope.backend().run(new Op.Attention(q, k, v, segments, shape.d, scale, shape.window, shape.softCap, out, lse));
        Tensor floats = scope.f32("floats", q.rows(), shape.width());
        scope.backend().run(new Op.Copy(out, floats));
        float[] values = new float[q.rows() * shape.width()];
        float[] sums = new float[q.rows() * shape.heads];
        scope.backend().download(floats, MemorySegment.ofArray(values));
        scope.backend().download(lse, MemorySegment.ofArray(sums));
        float[] all = new float[rows * (shape.width() + shape.heads)];
        for (int row = 0; row < rows; row++) {
            int at = row * (shape.width() + shape.heads);
            System.arraycopy(values, row * shape.width(), all, at, shape.width());
            System.arraycopy(sums, row * shape.heads, all, at + shape.width(), shape.heads);
        }
        return all;
    }

    private static Tensor random(Scope scope, DType dtype, int stream, int rows, int width) {
        Tensor tensor = scope.allocate("random", dtype, rows, width);
        fill(tensor, stream, 0);
        return tensor;
    }

    /** Rows of a stream of numbers, from row {@code after} of the tensor on; rows before it have other numbers. */
    private static void fill(Tensor tensor, int stream, int after) {
        set(tensor, row -> row < after ? -1 - row : row - after, stream);
    }

    /** So many rows of a stream from one on; rows behind them have other numbers. */
    private static void fill(Tensor tensor, int stream, int from, int count) {
        set(tensor, row -> row < count ? from + row : -1 - row, stream);
    }

    private interface Rows {
        int of(int row);
    }

    private static void set(Tensor tensor, Rows rows, int stream) {
        int width = tensor.columns();
        float[] floats = new float[(int) tensor.elements()];
        short[] halves = new short[floats.length];
        for (int i = 0; i < floats.length; i++) {
            floats[i] = (float) Philox.normal(3, stream, (long) rows.of(i / width) * width + i % width);
            halves[i] = Rounding.bf16Bits(floats[i]);
        }
        tensor.scope()
                .backend()
                .upload(
                        tensor.dtype() == DType.F32 ? MemorySegment.ofArray(floats) : MemorySegment.ofArray(halves),
                        tensor);
    }
}
