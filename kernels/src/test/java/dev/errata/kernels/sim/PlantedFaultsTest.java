package dev.errata.kernels.sim;

import static dev.errata.kernels.sim.SampleKernel.BLOCK_SUMS;
import static dev.errata.kernels.sim.SampleKernel.HOPPER_PRODUCT;
import static dev.errata.kernels.sim.SampleKernel.TILE_PRODUCT;
import static dev.errata.kernels.sim.SampleKernel.WHOLE_SUM;
import static dev.errata.kernels.sim.check.FindingKind.BARRIER;
import static dev.errata.kernels.sim.check.FindingKind.CROSS_BLOCK;
import static dev.errata.kernels.sim.check.FindingKind.DEADLOCK;
import static dev.errata.kernels.sim.check.FindingKind.DIVERGENT_BARRIER;
import static dev.errata.kernels.sim.check.FindingKind.MISALIGNED;
import static dev.errata.kernels.sim.check.FindingKind.MISSING_FENCE;
import static dev.errata.kernels.sim.check.FindingKind.MISSING_WAIT;
import static dev.errata.kernels.sim.check.FindingKind.OUT_OF_BOUNDS;
import static dev.errata.kernels.sim.check.FindingKind.SHARED_RACE;
import static dev.errata.kernels.sim.check.FindingKind.UNWRITTEN_READ;
import static org.assertj.core.api.Assertions.assertThat;

import dev.errata.kernels.sim.check.Finding;
import dev.errata.kernels.sim.check.FindingKind;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Mistakes put into kernels by changing their PTX: each must be found, and the kernels as they are have none. */
class PlantedFaultsTest {
    /**
     * @param occurrence which of the places where the text stands is changed, from 1; 0 for all of them
     */
    record Fault(
            String name, SampleKernel kernel, String text, int occurrence, String instead, FindingKind... expected) {
        @Override
        public String toString() {
            return kernel.kernel() + ", " + name;
        }

        String ptx() {
            String ptx = kernel.ptx();
            assertThat(ptx).contains(text);
            if (occurrence == 0) {
                return ptx.replace(text, instead);
            }
            int at = -1;
            for (int i = 0; i < occurrence; i++) {
                at = ptx.indexOf(text, at + 1);
                assertThat(at).as("occurrence %s of %s", i + 1, text).isNotNegative();
            }
            return ptx.substring(0, at) + instead + ptx.substring(at + text.length());
        }
    }

    private static Fault fault(
            String name, SampleKernel kernel, String text, int occurrence, String instead, FindingKind... expected) {
        return new Fault(name, kernel, text, occurrence, instead, expected);
    }

    private static final String BOX_LOAD =
            "cp.async.bulk.tensor.2d.shared::cluster.global.mbarrier::complete_tx::bytes";

    static Stream<Fault> faults() {
        return Stream.of(
                fault("first barrier removed", BLOCK_SUMS, "bar.sync \t0;", 1, "", SHARED_RACE),
                fault("second barrier removed", BLOCK_SUMS, "bar.sync \t0;", 2, "", SHARED_RACE),
                fault("barrier within a warp's last steps removed", BLOCK_SUMS, "bar.sync \t0;", 7, "", SHARED_RACE),
                fault("bound off by one", BLOCK_SUMS, "setp.ge.s32 \t%p1", 1, "setp.gt.s32 \t%p1", OUT_OF_BOUNDS),
                fault("bound not looked at", BLOCK_SUMS, "@%p1 bra \t$L__BB0_2;", 1, "", OUT_OF_BOUNDS),
                fault(
                        "stride of 2 for floats",
                        BLOCK_SUMS,
                        "mul.wide.s32 \t%rd4, %r3, 4",
                        1,
                        "mul.wide.s32 \t%rd4, %r3, 2",
                        MISALIGNED),
                fault("shared memory overrun", BLOCK_SUMS, "[%r4+512]", 1, "[%r4+1024]", OUT_OF_BOUNDS),
                fault(
                        "shared memory before its begin",
                        BLOCK_SUMS,
                        "st.shared.f32 \t[%r4], %f29;",
                        1,
                        "neg.s32 %r4, %r4; st.shared.f32 \t[%r4], %f29;",
                        OUT_OF_BOUNDS),
                fault("shared memory never filled", BLOCK_SUMS, "st.shared.f32 \t[%r4], %f29;", 1, "", UNWRITTEN_READ),
                fault("register never set", BLOCK_SUMS, "mov.f32 \t%f29, 0f00000000;", 1, "", UNWRITTEN_READ),
                fault(
                        "barrier under a predicate that isn't set",
                        BLOCK_SUMS,
                        "bar.sync \t0;",
                        4,
                        "@!%p5 bar.sync \t0;",
                        UNWRITTEN_READ),
                fault(
                        "barrier for half of a warp",
                        BLOCK_SUMS,
                        "bar.sync \t0;",
                        5,
                        "@!%p5 bar.sync \t0;",
                        DIVERGENT_BARRIER),
                fault(
                        "another barrier for some warps",
                        BLOCK_SUMS,
                        "bar.sync \t0;",
                        1,
                        "@%p1 bar.sync \t1; @!%p1 bar.sync \t0;",
                        DEADLOCK,
                        DIVERGENT_BARRIER),
                fault(
                        "barrier for more threads than there are",
                        BLOCK_SUMS,
                        "bar.sync \t0;",
                        3,
                        "bar.sync \t0, 512;",
                        BARRIER),
                fault("barrier for a part of a warp", BLOCK_SUMS, "bar.sync \t0;", 3, "bar.sync \t0, 100;", BARRIER),
                fault(
                        "barrier for fewer threads than come",
                        BLOCK_SUMS,
                        "bar.sync \t0;",
                        1,
                        "bar.sync \t0, 128;",
                        SHARED_RACE),
                fault(
                        "all blocks store to one place",
                        BLOCK_SUMS,
                        "mul.wide.u32 \t%rd7, %r1, 4;",
                        1,
                        "mov.u64 \t%rd7, 0;",
                        CROSS_BLOCK),
                fault("endless loop", BLOCK_SUMS, "$L__BB0_2:", 1, "$L__BB0_2: bra $L__BB0_2;", DEADLOCK),
                fault("warp synchronization removed", WHOLE_SUM, "bar.warp.sync \t-1;", 1, "", SHARED_RACE),
                fault(
                        "shuffle without the lane that is asked",
                        WHOLE_SUM,
                        "shfl.sync.idx.b32 \t%r38|%p8",
                        1,
                        "@%p7 shfl.sync.idx.b32 \t%r38|%p8",
                        UNWRITTEN_READ),
                fault(
                        "shuffle of lanes that aren't named",
                        WHOLE_SUM,
                        "mov.u32 \t%r20, -1;",
                        1,
                        "mov.u32 \t%r20, 65535;",
                        DIVERGENT_BARRIER),
                fault("fence before the counter removed", WHOLE_SUM, "membar.gl;", 1, "", CROSS_BLOCK),
                fault("fence for the block alone", WHOLE_SUM, "membar.gl;", 1, "membar.cta;", CROSS_BLOCK),
                fault(
                        "counter without an atomic",
                        WHOLE_SUM,
                        "atom.global.add.u32 \t%r58, [%rd14], 1;",
                        1,
                        "ld.global.u32 %r58, [%rd14]; add.s32 %r26, %r58, 1; st.global.u32 [%rd14], %r26;",
                        CROSS_BLOCK),
                fault(
                        "parts are read too far",
                        WHOLE_SUM,
                        "setp.ge.u32 \t%p10, %r59, %r9;",
                        1,
                        "setp.gt.u32 \t%p10, %r59, %r9;",
                        OUT_OF_BOUNDS),
                fault(
                        "wait for one copy too few in all stages",
                        TILE_PRODUCT,
                        "cp.async.wait_group 1;",
                        0,
                        "cp.async.wait_group 2;",
                        MISSING_WAIT),
                fault(
                        "last wait leaves a copy",
                        TILE_PRODUCT,
                        "cp.async.wait_group 0;",
                        0,
                        "cp.async.wait_group 1;",
                        MISSING_WAIT),
                fault("waits removed", TILE_PRODUCT, "cp.async.wait_group 1;", 0, "", MISSING_WAIT),
                fault("commits removed", TILE_PRODUCT, "cp.async.commit_group;", 0, "", MISSING_WAIT),
                fault("barrier behind a wait removed", TILE_PRODUCT, "bar.sync \t0;", 1, "", SHARED_RACE),
                fault(
                        "barrier before a stage is filled again removed",
                        TILE_PRODUCT,
                        "bar.sync \t0;",
                        2,
                        "",
                        SHARED_RACE),
                fault("copy from an odd address", TILE_PRODUCT, "[%rd16], 16;", 1, "[%rd16+4], 16;", MISALIGNED),
                fault(
                        "copy from before the matrix",
                        TILE_PRODUCT,
                        "[%rd16], 16;",
                        1,
                        "[%rd16+-64], 16;",
                        OUT_OF_BOUNDS),
                fault(
                        "copies to a half of each row",
                        TILE_PRODUCT,
                        "setp.gt.s32 \t%p1, %r1, 95;",
                        1,
                        "setp.gt.s32 \t%p1, %r1, 63;",
                        UNWRITTEN_READ),
                fault(
                        "rows at 72 bytes",
                        TILE_PRODUCT,
                        "mul.lo.s32 \t%r92, %r5, 80;",
                        1,
                        "mul.lo.s32 \t%r92, %r5, 72;",
                        MISALIGNED,
                        UNWRITTEN_READ),
                fault("too few bytes expected", HOPPER_PRODUCT, "16384;\n", 1, "8192;\n", MISSING_WAIT),
                fault(
                        "too many bytes expected",
                        HOPPER_PRODUCT,
                        "mov.u32 \t%r33, 16384;",
                        1,
                        "mov.u32 \t%r33, 16400;",
                        DEADLOCK),
                fault("mbarrier for two arrivals", HOPPER_PRODUCT, "[%r10], 1;", 1, "[%r10], 2;", DEADLOCK),
                fault("mbarrier not made", HOPPER_PRODUCT, "mbarrier.init.shared::cta.b64 [%r11], 1;", 1, "", BARRIER),
                fault(
                        "barrier behind making mbarriers removed",
                        HOPPER_PRODUCT,
                        "bar.sync \t0;",
                        1,
                        "",
                        SHARED_RACE,
                        BARRIER),
                fault(
                        "arrival too many",
                        HOPPER_PRODUCT,
                        "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r24], %r16;",
                        1,
                        "mbarrier.arrive.expect_tx.shared::cta.b64 _, [%r24], %r16; mbarrier.arrive.shared::cta.b64 _, [%r24];",
                        BARRIER),
                fault(
                        "other parity",
                        HOPPER_PRODUCT,
                        "and.b32  \t%r7, %r57, 1;",
                        1,
                        "not.b32 \t%r7, %r57; and.b32 %r7, %r7, 1;",
                        MISSING_WAIT,
                        DEADLOCK),
                fault(
                        "parity never turns",
                        HOPPER_PRODUCT,
                        "shr.u32 \t%r57, %r360, 1;",
                        1,
                        "mov.u32 \t%r57, 0;",
                        MISSING_WAIT,
                        DEADLOCK),
                fault("no wait for the tiles", HOPPER_PRODUCT, "@%p7 bra \t$L__BB0_9;", 1, "", MISSING_WAIT),
                fault(
                        "tile at an odd address",
                        HOPPER_PRODUCT,
                        "add.s32 \t%r21, %r17, 8192;",
                        1,
                        "add.s32 \t%r21, %r17, 8200;",
                        MISALIGNED),
                fault(
                        "tile beyond shared memory",
                        HOPPER_PRODUCT,
                        "add.s32 \t%r21, %r17, 8192;",
                        1,
                        "add.s32 \t%r21, %r17, 32768;",
                        OUT_OF_BOUNDS),
                fault(
                        "one tile instead of two",
                        HOPPER_PRODUCT,
                        BOX_LOAD + " [%r21]",
                        1,
                        "@%p1 " + BOX_LOAD + " [%r21]",
                        DEADLOCK),
                fault(
                        "barrier before a stage is filled again removed",
                        HOPPER_PRODUCT,
                        "bar.sync \t0;",
                        2,
                        "",
                        SHARED_RACE),
                fault(
                        "products not waited for",
                        HOPPER_PRODUCT,
                        "wgmma.wait_group.sync.aligned 0;",
                        1,
                        "",
                        MISSING_WAIT),
                fault(
                        "wait leaves a product",
                        HOPPER_PRODUCT,
                        "wgmma.wait_group.sync.aligned 0;",
                        1,
                        "wgmma.wait_group.sync.aligned 1;",
                        MISSING_WAIT),
                fault(
                        "products not committed",
                        HOPPER_PRODUCT,
                        "wgmma.commit_group.sync.aligned;",
                        1,
                        "",
                        MISSING_WAIT),
                fault("register fence removed", HOPPER_PRODUCT, "wgmma.fence.sync.aligned;", 1, "", MISSING_FENCE),
                fault(
                        "fence before the result leaves removed",
                        HOPPER_PRODUCT,
                        "fence.proxy.async.shared::cta;",
                        1,
                        "",
                        MISSING_FENCE),
                fault(
                        "barrier before the result leaves removed",
                        HOPPER_PRODUCT,
                        "bar.sync \t0;",
                        3,
                        "",
                        SHARED_RACE,
                        UNWRITTEN_READ,
                        MISSING_FENCE),
                fault(
                        "end before the result has left",
                        HOPPER_PRODUCT,
                        "cp.async.bulk.wait_group.read 0;",
                        1,
                        "",
                        MISSING_WAIT),
                fault("result not committed", HOPPER_PRODUCT, "cp.async.bulk.commit_group;", 1, "", MISSING_WAIT));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void isFound(Fault fault) {
        SampleKernel.Outcome outcome = fault.kernel.run(fault.ptx());
        List<FindingKind> found =
                outcome.report().findings().stream().map(Finding::kind).toList();
        assertThat(found).as("%s", outcome.report().findings()).isNotEmpty().containsAnyOf(fault.expected);
        assertThat(outcome.report().findings()).allSatisfy(f -> {
            assertThat(f.kernel()).isEqualTo(fault.kernel.kernel());
            assertThat(f.line()).isPositive();
            assertThat(f.text()).isNotBlank();
        });
    }

    @ParameterizedTest
    @EnumSource(SampleKernel.class)
    void kernelsAsTheyAreHaveNone(SampleKernel kernel) {
        SampleKernel.Outcome outcome = kernel.run(kernel.ptx());
        assertThat(outcome.report().findings()).isEmpty();
        assertThat(outcome.isRight()).isTrue();
    }
}
