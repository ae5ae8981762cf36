package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.AttentionCase.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.errata.kernels.cuda.AttentionCase.Results;
import dev.errata.tensor.DType;
import dev.errata.tensor.SegmentBounds;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Attention and its gradient against the reference, whose sums are double. In bf16 the probabilities and dS enter the
 * second products with 8 bits, so norms of results are within some thousandths; gradients also see out rounded in delta.
 */
class AttentionKernelsTest {
    private static final double BF16 = 6e-3;
    private static final double BF16_GRADIENT = 1.2e-2;
    /** Where scores are rounded to bf16, an f32 sum on the other side of an edge moves one by 2⁻⁸ of itself. */
    private static final double ROUNDED = 1.5e-2;

    private static final double F32 = 3e-6;

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

    record Layout(String name, int queryRows, int keyRows, SegmentBounds segments) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Layout packed(String name, int... lengths) {
        int rows = Arrays.stream(lengths).sum();
        return new Layout(name, rows, rows, SegmentBounds.packed(lengths));
    }

    /** Lengths around the tiles of 16, 32, 48, 64 and 128 rows. */
    private static final List<Layout> LAYOUTS = List.of(
            packed("one token", 1),
            packed("nothing"),
            packed("an empty sequence between", 3, 0, 2),
            packed("many short ones", 1, 2, 3, 1, 5, 1, 8, 2, 16, 1, 1, 17),
            packed("ragged", 31, 33, 48, 49, 63, 65),
            packed("longer than a tile", 129, 128, 150),
            new Layout(
                    "queries after a prefix",
                    52,
                    230,
                    new SegmentBounds(
                            new int[] {0, 9, 40}, new int[] {9, 31, 12}, new int[] {180, 0, 200}, new int[] {9, 170, 30
                            })),
            new Layout(
                    "decoding",
                    3,
                    110,
                    new SegmentBounds(
                            new int[] {2, 0, 1}, new int[] {1, 1, 1}, new int[] {0, 10, 90}, new int[] {10, 80, 20})));

    static Stream<Arguments> tensorCoreCases() {
        return LAYOUTS.stream()
                .flatMap(layout -> Stream.of(
                        Arguments.of(layout, 2, 1, 64, 0, false),
                        Arguments.of(layout, 4, 2, 64, 37, true),
                        Arguments.of(layout, 1, 1, 64, 1, false),
                        Arguments.of(layout, 3, 1, 96, 0, false),
                        Arguments.of(layout, 1, 1, 128, 0, false),
                        Arguments.of(layout, 4, 1, 128, 50, false)));
    }

    @ParameterizedTest
    @MethodSource("tensorCoreCases")
    void tensorCoresAgreeWithTheReference(Layout layout, int heads, int keyHeads, int d, int window, boolean rounding) {
        AttentionShape shape = shape(heads, keyHeads, d, window, rounding);
        compare(
                layout,
                shape,
                DType.BF16,
                DType.F32,
                DType.BF16,
                rounding ? ROUNDED : BF16,
                rounding ? ROUNDED : BF16_GRADIENT);
    }

    @ParameterizedTest
    @ValueSource(ints = {64, 96, 128})
    void tensorCoresStoreEitherType(int d) {
        Layout layout = packed("two", 70, 20);
        compare(layout, shape(2, 1, d, 0, false), DType.BF16, DType.BF16, DType.F32, BF16, BF16_GRADIENT);
    }

    static Stream<Arguments> generalCases() {
        return LAYOUTS.stream()
                .flatMap(layout -> Stream.of(
                        Arguments.of(layout, 2, 1, 64, 0, false),
                        Arguments.of(layout, 4, 2, 16, 7, true),
                        Arguments.of(layout, 3, 1, 34, 0, true),
                        Arguments.of(layout, 2, 2, 6, 1, false),
                        Arguments.of(layout, 2, 1, 1, 0, false),
                        Arguments.of(layout, 2, 1, 96, 37, false),
                        Arguments.of(layout, 1, 1, 200, 0, false)));
    }

    @ParameterizedTest
    @MethodSource("generalCases")
    void generalPathAgreesWithTheReference(
            Layout layout, int heads, int keyHeads, int d, int window, boolean rounding) {
        AttentionShape shape = shape(heads, keyHeads, d, window, rounding);
        compare(layout, shape, DType.F32, DType.F32, DType.F32, rounding ? ROUNDED : F32, rounding ? ROUNDED : F32);
    }

    @Test
    void largestHeadsOfTheGeneralPathAgreeToo() {
        compare(packed("two", 40, 3), shape(2, 1, 256, 0, false), DType.F32, DType.F32, DType.F32, F32, F32);
    }

    private static AttentionShape shape(int heads, int keyHeads, int d, int window, boolean rounding) {
        return new AttentionShape(heads, keyHeads, d, (float) (1 / Math.sqrt(d)), window, rounding);
    }

    private static void compare(
            Layout layout,
            AttentionShape shape,
            DType dtype,
            DType out,
            DType gradient,
            double tolerance,
            double gradientTolerance) {
        AttentionCase operands =
                AttentionCase.random(shape, layout.segments, layout.queryRows, layout.keyRows, dtype, 1);
        Results expected = operands.reference();
        Results actual = operands.kernels(library, out, gradient);
        assertClose("out", expected.out(), actual.out(), tolerance);
        assertClose("lse", expected.lse(), actual.lse(), tolerance);
        assertClose("dQ", expected.dQ(), actual.dQ(), gradientTolerance);
        assertClose("dK", expected.dK(), actual.dK(), gradientTolerance);
        assertClose("dV", expected.dV(), actual.dV(), gradientTolerance);
    }

    @ParameterizedTest
    @ValueSource(strings = {"BF16", "F32"})
    void hugeScoresPickOneKey(String dtype) {
        Layout layout = packed("huge", 70);
        AttentionShape shape = shape(2, 1, 64, 0, false);
        AttentionCase operands = AttentionCase.random(
                shape, layout.segments, layout.queryRows, layout.keyRows, DType.valueOf(dtype), 1e12f);
        Results expected = operands.reference();
        Results actual = operands.kernels(library, DType.F32, DType.F32);
        assertClose("out", expected.out(), actual.out(), BF16);
        assertClose("lse", expected.lse(), actual.lse(), 1e-5);
    }

    @ParameterizedTest
    @ValueSource(strings = {"BF16", "F32"})
    void aSequencesBitsDependNeitherOnItsNeighboursNorOnTheRun(String dtype) {
        DType type = DType.valueOf(dtype);
        AttentionShape shape = shape(2, 1, 64, 0, false);
        Layout both = packed("both", 33, 75);
        AttentionCase operands = AttentionCase.random(shape, both.segments, both.queryRows, both.keyRows, type, 1);
        Results together = operands.kernels(library, type, type);
        Results again = operands.kernels(library, type, type);
        int width = operands.width();
        int keyWidth = operands.keyWidth();
        AttentionCase second = new AttentionCase(
                shape,
                SegmentBounds.packed(75),
                75,
                75,
                type,
                tail(operands.q(), 33 * width),
                tail(operands.k(), 33 * keyWidth),
                tail(operands.v(), 33 * keyWidth),
                tail(operands.dOut(), 33 * width));
        Results alone = second.kernels(library, type, type);
        assertThat(again).usingRecursiveComparison().isEqualTo(together);
        assertThat(tail(together.out(), 33 * width)).isEqualTo(alone.out());
        assertThat(tail(together.lse(), 33 * shape.heads())).isEqualTo(alone.lse());
        assertThat(tail(together.dQ(), 33 * width)).isEqualTo(alone.dQ());
        assertThat(tail(together.dK(), 33 * keyWidth)).isEqualTo(alone.dK());
        assertThat(tail(together.dV(), 33 * keyWidth)).isEqualTo(alone.dV());
    }

    @ParameterizedTest
    @ValueSource(strings = {"BF16", "F32"})
    void aRowsBitsAreTheSameWhenItsEarlierQueriesWereReadBefore(String dtype) {
        DType type = DType.valueOf(dtype);
        AttentionShape shape = shape(2, 1, 64, 0, false);
        AttentionCase whole = AttentionCase.random(shape, SegmentBounds.packed(90), 90, 90, type, 1);
        AttentionCase rest = new AttentionCase(
                shape,
                new SegmentBounds(new int[] {0}, new int[] {19}, new int[] {0}, new int[] {90}),
                19,
                90,
                type,
                tail(whole.q(), 71 * whole.width()),
                whole.k(),
                whole.v(),
                tail(whole.dOut(), 71 * whole.width()));
        assertThat(rest.kernels(library, type, type).out())
                .isEqualTo(tail(whole.kernels(library, type, type).out(), 71 * whole.width()));
    }

    private static float[] tail(float[] values, int from) {
        return Arrays.copyOfRange(values, from, values.length);
    }

    @Test
    void operandsThatNoKernelTakesAreRefused() {
        Layout layout = packed("one token", 1);
        AttentionCase operands = AttentionCase.random(shape(1, 1, 80, 0, false), layout.segments, 1, 1, DType.BF16, 1);
        assertThatThrownBy(() -> operands.kernels(library, DType.BF16, DType.BF16))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("no attention kernel for BF16")
                .hasMessageContaining("heads of 80");
    }
}
