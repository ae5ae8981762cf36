package dev.errata.kernels.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.errata.kernels.machine.Bf16Tile;
import dev.errata.kernels.machine.ProcessorUnit;
import dev.errata.kernels.machine.Routine;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TileCheckTest {
    @ParameterizedTest
    @EnumSource(names = {"AMX_BF16", "AMX_INT8"})
    void aUnitThatComputesWhatItShouldIsUsed(ProcessorUnit unit) {
        assumeTrue(Tile.COLUMNS == Bf16Tile.COLUMNS, "panels are as wide as tiles where vectors have 512 bits");
        assertThat(TileCheck.isRight(unit, PlainLoader::load)).isTrue();
    }

    @ParameterizedTest
    @EnumSource(names = {"AMX_BF16", "AMX_INT8"})
    void aUnitThatDoesNotIsFound(ProcessorUnit unit) {
        assumeTrue(Tile.COLUMNS == Bf16Tile.COLUMNS, "panels are as wide as tiles where vectors have 512 bits");
        Routine nothing = (a, b, c, d, e, f, g, h, i, j) -> {};
        MachineKernels.Loader broken = codes ->
                new MachineKernels.Loaded(codes.stream().map(each -> nothing).toList(), () -> {});
        assertThat(TileCheck.isRight(unit, broken)).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"VDPBF16PS", "VPDPBUSD"})
    void unitsOfVectorsAreNotLookedAt(ProcessorUnit unit) {
        assertThat(TileCheck.wrongUnits(Set.of(unit))).isEmpty();
    }

    @Test
    void aUnitThatWasLeftOutIsToldBesideThoseThatAreUsed() {
        assertThat(CpuBackendProvider.told(Set.of(ProcessorUnit.VPDPBUSD), Set.of(ProcessorUnit.AMX_INT8)))
                .isEqualTo("vpdpbusd; not amx-int8, whose first product here was wrong");
        assertThat(CpuBackendProvider.told(Set.of(ProcessorUnit.AVX512F), Set.of()))
                .isEqualTo("avx512f");
    }
}
