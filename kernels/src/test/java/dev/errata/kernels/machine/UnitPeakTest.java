package dev.errata.kernels.machine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UnitPeakTest {
    private static final Set<Mnemonic> PRODUCTS = EnumSet.of(
            Mnemonic.VFMADD231PS, Mnemonic.VDPBF16PS, Mnemonic.VPDPBUSD, Mnemonic.TDPBF16PS, Mnemonic.TDPBSSD);

    /** Additions and multiplications of an instruction, counted by what Intel's manual says that it does. */
    private static int operations(ProcessorUnit unit) {
        return switch (unit) {
            case AVX512F -> 16 * 2;
            case VDPBF16PS -> 16 * 2 * 2;
            case VPDPBUSD -> 16 * 4 * 2;
            case AMX_BF16 -> 16 * 16 * 32 * 2;
            case AMX_INT8 -> 16 * 16 * 64 * 2;
        };
    }

    /** It touches no memory, keeps what a function must keep and ends. */
    @ParameterizedTest
    @EnumSource(ProcessorUnit.class)
    void aRoundIsNothingButProducts(ProcessorUnit unit) {
        UnitPeak peak = new UnitPeak(unit);
        MachineCode code = peak.code();
        new PlainProcessor().call(code, 3);
        long products = code.lines().stream()
                .filter(line -> line instanceof MachineInstruction one && PRODUCTS.contains(one.mnemonic()))
                .count();
        assertThat(peak.operations()).isEqualTo((double) products * operations(unit));
    }

    @Test
    void eachRoundAddsToEverySum() {
        PlainProcessor processor = new PlainProcessor();
        processor.call(new UnitPeak(ProcessorUnit.VDPBF16PS).code(), 3);
        for (int sum = 16; sum < 28; sum++) {
            assertThat(Float.intBitsToFloat(processor.vectors[sum][7])).isEqualTo(3 * 2 * 0.25f);
        }
    }

    @ParameterizedTest
    @EnumSource(ProcessorUnit.class)
    void endsOnThisProcessor(ProcessorUnit unit) throws MachineCodeUnavailable {
        Set<ProcessorUnit> units = EnumSet.noneOf(ProcessorUnit.class);
        try {
            units.addAll(ProcessorUnits.look());
        } catch (MachineCodeUnavailable e) {
            assumeTrue(false, e.getMessage());
        }
        assumeTrue(units.contains(unit), "this processor has no " + unit);
        try (ExecutableMemory memory = ExecutableMemory.of(List.of(new UnitPeak(unit).code()))) {
            memory.routines().getFirst().call(1000, 0, 0, 0, 0, 0, 0, 0);
        }
    }

    @ParameterizedTest
    @EnumSource(ProcessorUnit.class)
    void aUnitIsFoundByItsName(ProcessorUnit unit) {
        assertThat(ProcessorUnit.named(unit.toString())).isEqualTo(unit);
    }
}
