package dev.errata.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RoundingTest {
    @ParameterizedTest
    @CsvSource({
        "3f800000, 3f800000", // 1
        "3f808000, 3f800000", // halfway: down to even
        "3f818000, 3f820000", // halfway: up to even
        "3f808001, 3f810000",
        "3f807fff, 3f800000",
        "bf818000, bf820000",
        "00000000, 00000000",
        "80000000, 80000000", // -0
        "00000001, 00000000", // the smallest float
        "80008001, 80010000",
        "7f7f7fff, 7f7f0000",
        "7f7f8000, 7f800000", // beyond the largest bf16
        "7f7fffff, 7f800000",
        "ff7fffff, ff800000",
        "7f800000, 7f800000",
        "ff800000, ff800000"
    })
    void roundsToTheNearestBf16AndTiesToTheEvenOne(String bits, String expected) {
        float value = Float.intBitsToFloat(Integer.parseUnsignedInt(bits, 16));
        int rounded = Float.floatToRawIntBits(Rounding.bf16(value));
        assertThat(Integer.toHexString(rounded)).isEqualTo(Integer.toHexString(Integer.parseUnsignedInt(expected, 16)));
    }

    /** A NaN whose kept bits are all zero would become an infinity, one of all ones would carry into the sign. */
    @ParameterizedTest
    @CsvSource({"7f800001", "7fffffff", "ff800001", "ffffffff", "7fc00000"})
    void nanStaysNan(String bits) {
        float nan = Float.intBitsToFloat(Integer.parseUnsignedInt(bits, 16));
        assertThat(Rounding.bf16(nan)).isNaN();
        assertThat(Rounding.f16(nan)).isNaN();
    }

    @Test
    void roundsToTheTypeNamed() {
        float third = 1f / 3;
        assertThat(Rounding.to(DType.F32, third)).isEqualTo(third);
        assertThat(Rounding.to(DType.BF16, third)).isEqualTo(0x1.56p-2f);
        assertThat(Rounding.to(DType.F16, third)).isEqualTo(0x1.554p-2f);
        assertThat(Rounding.to(DType.F16, 65520f)).isInfinite();
        assertThatThrownBy(() -> Rounding.to(DType.I8, third)).hasMessageContaining("I8");
    }
}
