package dev.errata.kernels.machine;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProcessorUnitsTest {
    private static final String ZEN_5 = "flags\t\t: fpu avx512f avx512bw avx512vbmi avx512_vnni avx512_bf16";

    @Test
    void aUnitIsThereIfAllItsFlagsAre() {
        assertThat(ProcessorUnits.in(List.of("model name : x", ZEN_5)))
                .containsExactly(ProcessorUnit.AVX512F, ProcessorUnit.VDPBF16PS, ProcessorUnit.VPDPBUSD);
        assertThat(ProcessorUnits.in(List.of(ZEN_5 + " amx_tile amx_bf16 amx_int8")))
                .containsExactly(ProcessorUnit.values());
        assertThat(ProcessorUnits.in(List.of("flags : fpu avx2 avx512_bf16_other")))
                .isEmpty();
        assertThat(ProcessorUnits.in(List.of())).isEmpty();
    }

    @Test
    void whatOneCoreLacksNoneHas() {
        assertThat(ProcessorUnits.in(List.of(ZEN_5, "flags : fpu avx2"))).isEmpty();
        assertThat(ProcessorUnits.in(List.of(ZEN_5, ZEN_5.replace("avx512_bf16", ""))))
                .containsExactly(ProcessorUnit.AVX512F, ProcessorUnit.VPDPBUSD);
    }
}
