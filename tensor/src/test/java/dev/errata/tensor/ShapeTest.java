package dev.errata.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

class ShapeTest {
    @Test
    void countsElementsRowsAndColumns() {
        Shape shape = Shape.of(2, 3, 5);
        assertThat(shape.rank()).isEqualTo(3);
        assertThat(shape.elements()).isEqualTo(30);
        assertThat(shape.rows()).isEqualTo(6);
        assertThat(shape.columns()).isEqualTo(5);
    }

    @Test
    void aScalarHasOneElement() {
        assertThat(Shape.of().elements()).isEqualTo(1);
        assertThat(Shape.of().rows()).isEqualTo(1);
        assertThat(Shape.of().columns()).isEqualTo(1);
    }

    @Test
    void anEmptyDimensionEmptiesTheWhole() {
        assertThat(Shape.of(0, 7).elements()).isZero();
        assertThat(Shape.of(7, 0).elements()).isZero();
    }

    @Test
    void refusesNegativeSizes() {
        assertThatThrownBy(() -> Shape.of(3, -1))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("[3, -1]");
    }

    @Test
    void refusesMoreElementsThanALongHolds() {
        assertThatThrownBy(() -> Shape.of(1L << 40, 1L << 40))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("too many elements");
    }

    @Test
    void keepsItsSizesWhenTheCallersArrayChanges() {
        long[] dims = {2, 3};
        Shape shape = Shape.of(dims);
        dims[0] = 9;
        shape.toArray()[1] = 9;
        assertThat(shape).isEqualTo(Shape.of(2, 3)).hasSameHashCodeAs(Shape.of(2, 3));
        assertThat(shape).isNotEqualTo(Shape.of(3, 2));
    }
}
