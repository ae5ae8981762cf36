package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.AttentionCase.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.tensor.DType;
import dev.errata.tensor.Philox;
import dev.errata.tensor.SegmentBounds;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Decoding attention over caches that the append kernel filled, against the reference over the same keys in a row. */
class DecodeAttentionKernelsTest {
    private static final int BLOCK = 16;

    private static CudaDriver driver;
    private static KernelLibrary library;

    @BeforeAll
    static void open() {
        driver = TestDevice.open();
        library = new KernelLibrary(driver);
    }

    @AfterAll
    static void close() {
        if (library != null) {
            library.close();
            driver.close();
        }
    }

    @ParameterizedTest
    @CsvSource({
        "BF16, 2, 2, 64, 0, true, false",
        "BF16, 8, 1, 128, 0, true, false",
        "BF16, 7, 1, 72, 37, true, false",
        "BF16, 10, 1, 8, 200, false, false",
        "BF16, 4, 2, 96, 0, true, true",
        "F32, 2, 1, 256, 0, true, false",
        "F32, 3, 1, 40, 1, true, false",
        "F32, 4, 4, 64, 130, false, false",
        "BF16, 2, 2, 16, 0, false, true",
        "BF16, 8, 1, 64, 140, true, true"
    })
    void agreesWithTheReference(
            DType dtype, int heads, int keyHeads, int d, int window, boolean paged, boolean rounding) {
        AttentionShape shape = new AttentionShape(heads, keyHeads, d, (float) (1 / Math.sqrt(d)), window, rounding);
        for (int[] lengths : new int[][] {{1, 513, 600, 512, 17}, {300, 17}}) {
            agreesWithTheReference(shape, dtype, lengths, paged);
        }
    }

    private void agreesWithTheReference(AttentionShape shape, DType dtype, int[] lengths, boolean paged) {
        int heads = shape.heads();
        boolean rounding = shape.rounding();
        AttentionCase operands = operands(shape, dtype, lengths);
        float[] lse = new float[lengths.length * heads];
        float[] out = decode(operands, lengths, paged, lse);
        AttentionCase.Results expected = operands.reference();
        double tolerance = rounding ? 1.5e-2 : 3e-6;
        assertClose("out", expected.out(), out, tolerance);
        assertClose("lse", expected.lse(), lse, tolerance);
    }

    /**
     * The longest has several parts, the first one: where nothing is longer, rounded probabilities take another kernel. Alone a query's heads are
     * shared out among more blocks.
     */
    @ParameterizedTest
    @CsvSource({"BF16, false, 2", "BF16, true, 2", "F32, false, 2", "BF16, false, 1", "BF16, true, 1", "F32, false, 1"})
    void aQuerysBitsDependOnlyOnItsOwnKeys(DType dtype, boolean rounding, int keyHeads) {
        AttentionShape shape = new AttentionShape(4, keyHeads, 64, 0.125f, 0, rounding);
        int[] lengths = {140, 1, 600};
        AttentionCase operands = operands(shape, dtype, lengths);
        float[] together = decode(operands, lengths, true, new float[3 * 4]);
        int firstKey = 0;
        for (int s = 0; s < lengths.length; s++) {
            AttentionCase one = new AttentionCase(
                    shape,
                    decoding(lengths[s]),
                    1,
                    lengths[s],
                    dtype,
                    tail(operands.q(), s * operands.width()),
                    tail(operands.k(), firstKey * operands.keyWidth()),
                    tail(operands.v(), firstKey * operands.keyWidth()),
                    new float[operands.width()]);
            int width = operands.width();
            assertThat(decode(one, new int[] {lengths[s]}, false, new float[4]))
                    .as("%d keys", lengths[s])
                    .isEqualTo(Arrays.copyOfRange(together, s * width, (s + 1) * width));
            firstKey += lengths[s];
        }
    }

    @Test
    void aQueryWithoutKeysGetsZeros() {
        AttentionShape shape = new AttentionShape(2, 1, 16, 1, 0, false);
        AttentionCase operands = operands(shape, DType.F32, 0, 3);
        float[] lse = new float[4];
        float[] out = decode(operands, new int[] {0, 3}, false, lse);
        assertThat(Arrays.copyOf(out, 32)).containsOnly(0);
        assertThat(Arrays.copyOf(lse, 2)).containsOnly(Float.NEGATIVE_INFINITY);
        assertThat(out[32]).isNotZero();
    }

    @ParameterizedTest
    @CsvSource({"BF16, 64", "F32, 20"})
    void segmentsOfOneQueryAreDecodingBesideOthers(DType dtype, int d) {
        AttentionShape shape = new AttentionShape(4, 2, d, 0.2f, 0, false);
        SegmentBounds segments = new SegmentBounds(
                new int[] {2, 0, 0, 1, 3}, new int[] {1, 1, 0, 1, 6}, new int[] {0, 10, 300, 150, 305}, new int[] {
                    10, 140, 5, 150, 40
                });
        AttentionCase operands = AttentionCase.random(shape, segments, 9, 345, dtype, 1);
        try (DeviceArrays arrays = new DeviceArrays(driver)) {
            DeviceRows out = arrays.unwritten(DType.F32, operands.width(), 9);
            DeviceRows lse = arrays.unwritten(DType.F32, 4, 9);
            DeviceSegments where = arrays.segments(segments);
            DeviceRows q = arrays.rows(dtype, operands.width(), operands.q());
            DeviceRows k = arrays.rows(dtype, operands.keyWidth(), operands.k());
            DeviceRows v = arrays.rows(dtype, operands.keyWidth(), operands.v());
            DeviceSegments others =
                    arrays.segments(new SegmentBounds(new int[] {3}, new int[] {6}, new int[] {305}, new int[] {40}));
            new AttentionKernels(library).forward(shape, others, q, k, v, out, lse.address(), 0);
            new DecodeAttentionKernels(library)
                    .attend(
                            shape,
                            where,
                            q,
                            k,
                            v,
                            out,
                            lse.address(),
                            arrays.empty(DecodeAttentionKernels.scratchBytes(shape, 5, 150)),
                            0);
            AttentionCase.Results expected = operands.reference();
            assertClose("out", expected.out(), arrays.download(out, 9), dtype == DType.F32 ? 3e-6 : 6e-3);
            assertClose("lse", expected.lse(), arrays.download(lse, 9), 3e-6);
        }
    }

    @Test
    void f32RowsAreRoundedOnTheirWayToABf16Cache() {
        float[] rows = new float[3 * 24];
        for (int i = 0; i < rows.length; i++) {
            rows[i] = (float) Philox.normal(1, 9, i);
        }
        try (DeviceArrays arrays = new DeviceArrays(driver)) {
            DeviceRows from = arrays.rows(DType.F32, 24, rows);
            DeviceRows to = arrays.unwritten(DType.BF16, 24, 4);
            DeviceRows values = arrays.unwritten(DType.BF16, 24, 4);
            new DecodeAttentionKernels(library).append(from, from, to, values, arrays.upload(3, 1, 2), 4, 3, 0);
            float[] expected = new float[4 * 24];
            Arrays.fill(expected, 0, 24, Float.NaN);
            for (int i = 0; i < 24; i++) {
                expected[3 * 24 + i] = dev.errata.tensor.Rounding.bf16(rows[i]);
                expected[24 + i] = dev.errata.tensor.Rounding.bf16(rows[24 + i]);
                expected[2 * 24 + i] = dev.errata.tensor.Rounding.bf16(rows[48 + i]);
            }
            assertThat(arrays.download(to, 4)).isEqualTo(expected);
            assertThat(arrays.download(values, 4)).isEqualTo(expected);
        }
    }

    @Test
    void headsThatDontFitWholePiecesAreRefused() {
        AttentionShape shape = new AttentionShape(2, 2, 12, 1, 0, false);
        AttentionCase operands = operands(shape, DType.BF16, 3);
        assertThatThrownBy(() -> decode(operands, new int[] {3}, true, new float[2]))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("heads of 12");
    }

    private static AttentionCase operands(AttentionShape shape, DType dtype, int... lengths) {
        int rows = Arrays.stream(lengths).sum();
        return AttentionCase.random(shape, decoding(lengths), lengths.length, rows, dtype, 1);
    }

    /** One query for each sequence, keys one after another. */
    private static SegmentBounds decoding(int... lengths) {
        int[] ones = new int[lengths.length];
        Arrays.setAll(ones, s -> lengths[s] == 0 ? 0 : 1);
        return new SegmentBounds(
                IntStream.range(0, lengths.length).toArray(),
                ones,
                SegmentBounds.packed(lengths).keyStart(),
                lengths);
    }

    /** Paged: blocks in a shuffled order, with some that belong to nobody. */
    private float[] decode(AttentionCase operands, int[] lengths, boolean paged, float[] lse) {
        DecodeAttentionKernels kernels = new DecodeAttentionKernels(library);
        AttentionShape shape = operands.shape();
        int longest = Arrays.stream(lengths).max().orElse(0);
        int queries = lengths.length;
        int keyWidth = operands.keyWidth();
        try (DeviceArrays arrays = new DeviceArrays(driver)) {
            int stride = Math.ceilDiv(longest, BLOCK);
            int blocks = queries * stride + 3;
            int[] table = Arrays.copyOf(Philox.permutation(5, 1, blocks), queries * stride);
            int[] starts = SegmentBounds.packed(lengths).keyStart();
            int[] places = new int[operands.keyRows()];
            for (int s = 0, row = 0; s < queries; s++) {
                for (int j = 0; j < lengths[s]; j++) {
                    places[row++] = paged ? table[s * stride + j / BLOCK] * BLOCK + j % BLOCK : starts[s] + j;
                }
            }
            DType dtype = operands.dtype();
            int cacheRows = paged ? blocks * BLOCK : operands.keyRows();
            DeviceRows keys = arrays.unwritten(dtype, keyWidth, cacheRows);
            DeviceRows values = arrays.unwritten(dtype, keyWidth, cacheRows);
            KeyCache cache = paged
                    ? KeyCache.paged(
                            dtype, keys.address(), values.address(), keyWidth, arrays.upload(table), stride, BLOCK)
                    : KeyCache.contiguous(dtype, keys.address(), values.address(), keyWidth, arrays.upload(starts));
            kernels.append(
                    arrays.rows(dtype, keyWidth, operands.k()),
                    arrays.rows(dtype, keyWidth, operands.v()),
                    keys,
                    values,
                    arrays.upload(places),
                    cacheRows,
                    operands.keyRows(),
                    0);
            DeviceRows q = arrays.rows(dtype, operands.width(), operands.q());
            DeviceRows out = arrays.unwritten(DType.F32, operands.width(), queries);
            DeviceRows deviceLse = arrays.unwritten(DType.F32, shape.heads(), queries);
            long scratch = arrays.empty(DecodeAttentionKernels.scratchBytes(shape, queries, longest));
            kernels.attend(
                    shape, q, cache, 0, arrays.upload(lengths), queries, longest, out, deviceLse.address(), scratch, 0);
            System.arraycopy(arrays.download(deviceLse, queries), 0, lse, 0, lse.length);
            return arrays.download(out, queries);
        }
    }

    private static float[] tail(float[] values, int from) {
        return Arrays.copyOfRange(values, from, values.length);
    }
}
