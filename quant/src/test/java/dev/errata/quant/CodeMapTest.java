package dev.errata.quant;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.FloatRange;
import org.junit.jupiter.api.Test;

class CodeMapTest {
    @Property(tries = 500, seed = "20", shrinking = ShrinkingMode.OFF)
    void noOtherCodeIsNearer(@ForAll @FloatRange(min = -1, max = 1) float value, @ForAll DynamicMap dynamic) {
        CodeMap map = dynamic.codes();
        double nearest = Math.abs((double) map.value(map.nearest(value)) - value);
        for (int code = 0; code < map.size(); code++) {
            // bounds are rounded to float, so a value beside one may go either way
            assertThat(nearest).isLessThanOrEqualTo(Math.abs((double) map.value(code) - value) + 1e-7);
        }
    }

    @Test
    void tiesGoToTheLowerCodeAndTheEndsHold() {
        CodeMap map = CodeMap.of(-1, 0, 1, 2);
        assertThat(map.nearest(-0.5f)).isEqualTo(0);
        assertThat(map.nearest(0.5f)).isEqualTo(1);
        assertThat(map.nearest(1.5f)).isEqualTo(2);
        assertThat(map.nearest(Math.nextUp(1.5f))).isEqualTo(3);
        assertThat(map.nearest(Float.NEGATIVE_INFINITY)).isEqualTo(0);
        assertThat(map.nearest(Float.POSITIVE_INFINITY)).isEqualTo(3);
    }

    @Test
    void theDynamicMapsHaveTheirKnownEnds() {
        assertThat(DynamicMap.SIGNED.codes().value(127)).isZero();
        assertThat(DynamicMap.SIGNED.codes().value(255)).isEqualTo(1);
        assertThat(DynamicMap.SIGNED.codes().value(0)).isGreaterThan(-1).isLessThan(-0.99f);
        assertThat(DynamicMap.UNSIGNED.codes().value(0)).isZero();
        assertThat(DynamicMap.UNSIGNED.codes().value(1)).isCloseTo(3.25e-7f, within(1e-12f));
    }

    @Test
    void refusesWhatIsNoMap() {
        assertThatIllegalArgumentException().isThrownBy(() -> CodeMap.of(1, 2, 3));
        assertThatIllegalArgumentException().isThrownBy(() -> CodeMap.of(2, 1));
        assertThatIllegalArgumentException().isThrownBy(() -> CodeMap.of(0, Float.NaN));
        assertThatIllegalArgumentException().isThrownBy(() -> CodeMap.of(0, Float.POSITIVE_INFINITY));
    }
}
