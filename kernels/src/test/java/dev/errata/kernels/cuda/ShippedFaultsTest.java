package dev.errata.kernels.cuda;

import static dev.errata.kernels.cuda.EditedKernel.FEW_ROWS;
import static dev.errata.kernels.cuda.EditedKernel.FOUR_BIT;
import static dev.errata.kernels.cuda.EditedKernel.MMA;
import static dev.errata.kernels.cuda.EditedKernel.NORM;
import static dev.errata.kernels.cuda.EditedKernel.WGMMA;
import static dev.errata.kernels.sim.check.FindingKind.BARRIER;
import static dev.errata.kernels.sim.check.FindingKind.DEADLOCK;
import static dev.errata.kernels.sim.check.FindingKind.MISALIGNED;
import static dev.errata.kernels.sim.check.FindingKind.MISSING_FENCE;
import static dev.errata.kernels.sim.check.FindingKind.MISSING_WAIT;
import static dev.errata.kernels.sim.check.FindingKind.OUT_OF_BOUNDS;
import static dev.errata.kernels.sim.check.FindingKind.SHARED_RACE;
import static dev.errata.kernels.sim.check.FindingKind.UNWRITTEN_READ;
import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.errata.kernels.sim.check.Finding;
import dev.errata.kernels.sim.check.FindingKind;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Mistakes put into the PTX that ships: the simulator must report each, and nothing of the kernels as they are. What only computes
 * something else, as an operand in another layout, is no fault of memory or order, and is seen by its result.
 */
class ShippedFaultsTest {
    private static final String BARRIER_0 = "bar\\.sync \t[^;]*;";
    private static final String WAIT = "cp\\.async\\.wait_group \\d;";
    private static final String GUARD = "@!?%p\\d+ bra [^;]*;";
    private static final String STORE = "st\\.shared[^;]*;";
    private static final String LOAD = "(ld\\.shared[^\\[]*\\[[^\\]]*)\\]";
    private static final String EXPECT = "(mbarrier\\.arrive\\.expect_tx\\S* _, \\[[^\\]]*\\], )(%r\\d+);";

    /**
     * @param text a pattern, of which one match is replaced
     * @param occurrence which, from 1
     * @param expected none where the result alone tells
     */
    record Fault(
            EditedKernel kernel, String name, String text, int occurrence, String instead, FindingKind... expected) {
        @Override
        public String toString() {
            return kernel + ", " + name;
        }

        String ptx() {
            String ptx = kernel.ptx();
            Matcher matcher = Pattern.compile(text).matcher(ptx);
            for (int i = 0; i < occurrence; i++) {
                assertThat(matcher.find())
                        .as("occurrence %s of %s", i + 1, text)
                        .isTrue();
            }
            StringBuilder edited = new StringBuilder();
            String before = ptx.substring(0, matcher.start());
            matcher.appendReplacement(edited, instead);
            return before + edited.substring(before.length()) + ptx.substring(matcher.end());
        }
    }

    static Stream<Fault> faults() {
        return Stream.of(
                new Fault(MMA, "barrier behind the first wait removed", BARRIER_0, 1, "", SHARED_RACE),
                new Fault(MMA, "barrier of the ring removed", BARRIER_0, 2, "", MISSING_WAIT, SHARED_RACE),
                new Fault(MMA, "barrier before the ring holds sums removed", BARRIER_0, 3, "", SHARED_RACE),
                new Fault(MMA, "first wait one short", WAIT, 1, "cp.async.wait_group 3;", MISSING_WAIT),
                new Fault(MMA, "wait in the loop one short", WAIT, 2, "cp.async.wait_group 3;", MISSING_WAIT),
                new Fault(MMA, "first commit removed", "cp\\.async\\.commit_group;", 1, "", MISSING_WAIT),
                new Fault(MMA, "commit in the loop removed", "cp\\.async\\.commit_group;", 2, "", MISSING_WAIT),
                new Fault(
                        MMA,
                        "copy from an odd address",
                        "(cp\\.async\\.cg[^\\[]*\\[[^\\]]*\\], \\[[^\\]]*)\\]",
                        1,
                        "$1+4]",
                        MISALIGNED),
                new Fault(
                        MMA,
                        "warp's barrier between turned rows removed",
                        "bar\\.warp\\.sync[^;]*;",
                        1,
                        "",
                        SHARED_RACE),
                new Fault(MMA, "sums read beyond shared memory", LOAD, 1, "$1+65536]", OUT_OF_BOUNDS),
                new Fault(MMA, "sum not stored", STORE, 1, ""),
                new Fault(
                        MMA,
                        "factor turned",
                        "ldmatrix\\.sync\\.aligned\\.m8n8\\.x4\\.shared",
                        1,
                        "ldmatrix.sync.aligned.m8n8.x4.trans.shared"),
                new Fault(
                        MMA,
                        "registers of a fragment swapped",
                        "(mma\\.sync[^{]*\\{[^}]*\\}, \\{)(%r\\d+), (%r\\d+)",
                        1,
                        "$1$3, $2"),
                new Fault(FEW_ROWS, "barrier before the warps' sums are added removed", BARRIER_0, 1, "", SHARED_RACE),
                new Fault(FEW_ROWS, "a warp's sum not stored", STORE, 1, "", UNWRITTEN_READ),
                new Fault(FEW_ROWS, "end of a row not looked at", GUARD, 2, "", OUT_OF_BOUNDS),
                new Fault(WGMMA, "barrier behind making mbarriers removed", BARRIER_0, 1, "", SHARED_RACE),
                new Fault(WGMMA, "mbarrier not made", "mbarrier\\.init[^;]*;", 1, "", BARRIER),
                new Fault(WGMMA, "mbarrier that frees a stage not made", "mbarrier\\.init[^;]*;", 2, "", BARRIER),
                new Fault(
                        WGMMA, "fewer bytes expected", EXPECT, 1, "sub.s32 $2, $2, 16; $1$2;", MISSING_WAIT, DEADLOCK),
                new Fault(WGMMA, "more bytes expected", EXPECT, 1, "add.s32 $2, $2, 16; $1$2;", DEADLOCK),
                new Fault(
                        WGMMA,
                        "one tile instead of two",
                        "cp\\.async\\.bulk\\.tensor\\.2d\\.shared[^;]*;",
                        2,
                        "",
                        DEADLOCK),
                new Fault(
                        WGMMA,
                        "fence before the result leaves removed",
                        "fence\\.proxy\\.async\\.shared::cta;",
                        2,
                        "",
                        MISSING_FENCE),
                new Fault(WGMMA, "fence of registers removed", "wgmma\\.fence[^;]*;", 1, "", MISSING_FENCE),
                new Fault(WGMMA, "products not committed", "wgmma\\.commit_group[^;]*;", 1, "", MISSING_WAIT),
                new Fault(
                        WGMMA,
                        "wait for one product too few",
                        "wgmma\\.wait_group\\.sync\\.aligned 1",
                        1,
                        "wgmma.wait_group.sync.aligned 2",
                        MISSING_WAIT,
                        SHARED_RACE),
                new Fault(
                        WGMMA,
                        "last products not waited for",
                        "wgmma\\.wait_group\\.sync\\.aligned 0",
                        1,
                        "wgmma.wait_group.sync.aligned 1",
                        MISSING_WAIT),
                new Fault(
                        WGMMA, "stage not given back", "mbarrier\\.arrive\\.shared::cta\\.b64[^;]*;", 1, "", DEADLOCK),
                new Fault(WGMMA, "result not committed", "cp\\.async\\.bulk\\.commit_group;", 2, "", MISSING_WAIT),
                new Fault(NORM, "barrier before the warps' sums are read removed", BARRIER_0, 1, "", SHARED_RACE),
                new Fault(NORM, "a warp's sum not stored", STORE, 1, "", UNWRITTEN_READ),
                new Fault(NORM, "path for aligned rows taken by others", GUARD, 1, "", OUT_OF_BOUNDS, MISALIGNED),
                new Fault(FOUR_BIT, "barrier behind the tables removed", BARRIER_0, 1, "", SHARED_RACE, UNWRITTEN_READ),
                new Fault(
                        FOUR_BIT, "barrier before sums take the tables' place removed", BARRIER_0, 2, "", SHARED_RACE),
                new Fault(FOUR_BIT, "barrier before sums are added removed", BARRIER_0, 3, "", SHARED_RACE),
                new Fault(FOUR_BIT, "table's entry not filled", STORE, 1, "", UNWRITTEN_READ),
                new Fault(FOUR_BIT, "end of a row not looked at", GUARD, 2, "", OUT_OF_BOUNDS),
                new Fault(FOUR_BIT, "bound off by one", "setp\\.(lt|ge)\\.", 1, "setp.gt.", OUT_OF_BOUNDS),
                new Fault(FOUR_BIT, "table read beyond its end", LOAD, 1, "$1+65536]", OUT_OF_BOUNDS));
    }

    @ParameterizedTest
    @MethodSource("faults")
    void isReported(Fault fault) {
        assumeFalse(TestDevice.REAL, "a device reports nothing");
        EditedKernel.Outcome outcome = fault.kernel.run(fault.ptx());
        if (fault.expected.length == 0) {
            assertThat(outcome.findings()).isEmpty();
            assertThat(outcome.isRight()).as("the result").isFalse();
            return;
        }
        List<FindingKind> found = outcome.findings().stream().map(Finding::kind).toList();
        assertThat(found).as("%s", outcome.findings()).isNotEmpty().containsAnyOf(fault.expected);
    }

    @ParameterizedTest
    @EnumSource(EditedKernel.class)
    void kernelsAsTheyAreHaveNone(EditedKernel kernel) {
        assumeFalse(TestDevice.REAL, "a device reports nothing");
        EditedKernel.Outcome outcome = kernel.run(kernel.ptx());
        assertThat(outcome.findings()).isEmpty();
        assertThat(outcome.isRight()).isTrue();
    }
}
