package dev.errata.kernels.sim;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Instructions by which lanes learn of each other, and control flow. */
class WarpInstructionsTest {
    private static long[] inputs(int warps) {
        Random random = new Random(7);
        long[] inputs = new long[4 * 32 * warps];
        for (int i = 0; i < inputs.length; i++) {
            inputs[i] = random.nextInt(5) == 0 ? 3 : Integer.toUnsignedLong(random.nextInt());
        }
        return inputs;
    }

    private static long a(long[] inputs, int thread) {
        return inputs[4 * thread];
    }

    /** As CUDA's guide tells of {@code __shfl_*_sync}: outside of the segment of {@code width} lanes a lane gets its own. */
    @ParameterizedTest
    @CsvSource({"up,3,32", "up,5,8", "down,1,32", "down,3,4", "bfly,16,32", "bfly,5,8", "idx,7,32", "idx,3,16"})
    void shuffles(String mode, int by, int width) {
        int c = (32 - width) << 8 | (mode.equals("up") ? 0 : 31);
        long[] in = inputs(2);
        long[] out = new Snippet(
                        "b32",
                        "b32",
                        "shfl.sync." + mode + ".b32 %x|%p, %a, " + by + ", " + c + ", -1; @!%p mov.b32 %x, 77;")
                .run(in);
        for (int t = 0; t < 64; t++) {
            int lane = t % width;
            int from = switch (mode) {
                case "up" -> lane - by;
                case "down" -> lane + by;
                case "bfly" -> lane ^ by;
                default -> by;
            };
            long wanted = from < 0 || from >= width ? 77 : a(in, t - lane + from);
            assertThat(out[t]).as("lane %s", t).isEqualTo(wanted);
        }
    }

    @Test
    void votes() {
        long[] in = inputs(2);
        String body = """
                setp.eq.u32 %p, %a, 3;
                vote.sync.ballot.b32 %x, %p, -1;
                vote.sync.any.pred %q, %p, -1;
                @%q xor.b32 %x, %x, 0x10000;
                vote.sync.all.pred %q, %p, -1;
                @%q mov.b32 %x, 0;
                """;
        long[] out = new Snippet("b32", "u32", body).run(in);
        for (int t = 0; t < 64; t++) {
            long ballot = 0;
            for (int lane = 0; lane < 32; lane++) {
                ballot |= a(in, t / 32 * 32 + lane) == 3 ? 1L << lane : 0;
            }
            assertThat(out[t]).isEqualTo(ballot == 0 ? 0 : ballot ^ 0x10000);
        }
    }

    @Test
    void matchesFindLanesWithTheSameValue() {
        long[] in = inputs(1);
        long[] out = new Snippet("b32", "b32", "match.any.sync.b32 %x, %a, -1;").run(in);
        for (int t = 0; t < 32; t++) {
            long same = 0;
            for (int lane = 0; lane < 32; lane++) {
                same |= a(in, lane) == a(in, t) ? 1L << lane : 0;
            }
            assertThat(out[t]).isEqualTo(same);
        }
        assertThat(new Snippet("b32", "b32", "mov.b32 %t0, 5; match.all.sync.b32 %x|%p, %t0, -1;").run(in))
                .containsOnly(0xFFFF_FFFFL);
        assertThat(new Snippet("b32", "b32", "match.all.sync.b32 %x|%p, %a, -1;").run(in))
                .containsOnly(0);
    }

    @ParameterizedTest
    @CsvSource({"add.s32", "min.s32", "max.u32", "and.b32", "or.b32", "xor.b32"})
    void reductionsTakeAllLanes(String op) {
        long[] in = inputs(1);
        long wanted = a(in, 0);
        for (int t = 1; t < 32; t++) {
            int x = (int) a(in, t);
            int y = (int) wanted;
            wanted = Integer.toUnsignedLong(
                    switch (op) {
                        case "add.s32" -> y + x;
                        case "min.s32" -> Math.min(y, x);
                        case "max.u32" -> Integer.compareUnsigned(y, x) > 0 ? y : x;
                        case "and.b32" -> y & x;
                        case "or.b32" -> y | x;
                        default -> y ^ x;
                    });
        }
        assertThat(new Snippet("b32", "b32", "redux.sync." + op + " %x, %a, -1;").run(in))
                .containsOnly(wanted);
    }

    @Test
    void oneLaneIsElected() {
        long[] out =
                new Snippet("b32", "b32", "mov.b32 %x, 0; elect.sync %t0|%p, -1; @%p mov.b32 %x, 1;").run(inputs(1));
        assertThat(out[0]).isEqualTo(1);
        assertThat(out).endsWith(new long[31]);
    }

    @Test
    void barriersCountAcrossWarps() {
        long[] in = inputs(4);
        long[] out = new Snippet("b32", "u32", "setp.eq.u32 %p, %a, 3; bar.red.popc.u32 %x, 0, %p;").run(in);
        long wanted = 0;
        for (int t = 0; t < 128; t++) {
            wanted += a(in, t) == 3 ? 1 : 0;
        }
        assertThat(out).containsOnly(wanted);
        assertThat(new Snippet(
                                "b32",
                                "u32",
                                "setp.ne.u32 %p, %tid, 99; bar.red.and.pred %q, 1, 128, %p; selp.b32 %x, 1, 2, %q;")
                        .run(in))
                .containsOnly(2);
    }

    @Test
    void lanesThatGoDifferentWaysMeetAgain() {
        String body = """
                and.b32 %t0, %tid, 3;
                mov.b32 %x, 0;
                LOOP:
                setp.ge.u32 %p, %x, %t0;
                @%p bra OUT;
                add.u32 %x, %x, 1;
                bra LOOP;
                OUT:
                activemask.b32 %t1;
                setp.eq.u32 %q, %t1, 0xffffffff;
                @!%q mov.b32 %x, 99;
                """;
        long[] out = new Snippet("b32", "b32", body).run(inputs(1));
        for (int t = 0; t < 32; t++) {
            assertThat(out[t]).isEqualTo(t % 4);
        }
    }

    @Test
    void indexedBranches() {
        String body = """
                and.b32 %t0, %tid, 3;
                TABLE: .branchtargets ZERO, ONE, TWO, ONE;
                brx.idx %t0, TABLE;
                ZERO: mov.b32 %x, 10; bra.uni END;
                ONE: mov.b32 %x, 11; bra.uni END;
                TWO: mov.b32 %x, 12;
                END:
                """;
        long[] out = new Snippet("b32", "b32", body).run(inputs(1));
        for (int t = 0; t < 32; t++) {
            assertThat(out[t]).isEqualTo(t % 4 == 3 ? 11 : 10 + t % 4);
        }
    }

    @Test
    void atomicsReturnWhatWasThere() {
        String shared = ".shared .align 4 .b32 n; setp.eq.u32 %p, %tid, 0; @%p st.shared.u32 [n], 5; bar.sync 0;";
        long[] out = new Snippet("b32", "b32", shared + "atom.shared.add.u32 %x, [n], 2;").run(inputs(2));
        // In any order: the second warp may come first.
        Arrays.sort(out);
        for (int t = 0; t < 64; t++) {
            assertThat(out[t]).isEqualTo(5 + 2 * t);
        }
        assertThat(new Snippet(
                                "b32",
                                "b32",
                                shared + "red.shared.max.u32 [n], %tid; bar.sync 0; ld.shared.u32 %x, [n];")
                        .run(inputs(2)))
                .containsOnly(63);
        assertThat(new Snippet(
                                "b32",
                                "b32",
                                shared + "atom.shared.cas.b32 %x, [n], 5, 8; bar.sync 0; ld.shared.u32 %x, [n];")
                        .run(inputs(1)))
                .containsOnly(8);
    }

    @Test
    void directivesMayStandWithoutSpaces() {
        assertThat(new Snippet("b32", "b32", "{.reg.b16 h; .reg.pred p; cvt.u16.u32 h, 7; cvt.u32.u16 %x, h;}")
                        .run(inputs(1)))
                .containsOnly(7);
    }

    @Test
    void functionsReturnWhatTheyMakeOfTheirArguments() {
        String function = """
                .visible .func (.param .b32 result) twice_plus(.param .b32 a, .param .b32 b)
                {
                  .reg .b32 %r<4>; .reg .pred %p;
                  ld.param.u32 %r0, [a];
                  ld.param.u32 %r1, [b];
                  mad.lo.u32 %r2, %r0, 2, %r1;
                  setp.lt.u32 %p, %r0, 16;
                  @%p bra SMALL;
                  st.param.b32 [result], %r2;
                  ret;
                  SMALL: st.param.b32 [result], %r0;
                }
                """;
        String body = """
                { .param .b32 p0; .param .b32 p1; .param .b32 r;
                  st.param.b32 [p0], %tid; st.param.b32 [p1], 100;
                  call.uni (r), twice_plus, (p0, p1);
                  ld.param.b32 %x, [r]; }
                """;
        String ptx = new Snippet("b32", "b32", body).ptx().replace(".visible .entry", function + ".visible .entry");
        long[] out = Snippet.run(ptx, inputs(1));
        for (int t = 0; t < 32; t++) {
            assertThat(out[t]).isEqualTo(t < 16 ? t : 2 * t + 100);
        }
    }

    @Test
    void localMemoryIsEachThreadsOwn() {
        String body = """
                .local .align 8 .b8 stack[16];
                mov.u64 %u0, stack;
                cvta.local.u64 %u1, %u0;
                st.local.u32 [%u0+4], %tid;
                st.u8 [%u1+8], 200;
                ld.u32 %t0, [%u1+4];
                ld.local.s8 %t1, [stack+8];
                add.s32 %x, %t0, %t1;
                """;
        long[] out = new Snippet("b32", "b32", body).run(inputs(1));
        for (int t = 0; t < 32; t++) {
            assertThat((int) out[t]).isEqualTo(t - 56);
        }
    }
}
