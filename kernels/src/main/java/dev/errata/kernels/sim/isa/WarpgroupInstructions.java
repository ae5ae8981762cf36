package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.check.FindingKind;
import dev.errata.kernels.sim.machine.SharedMemory;
import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.machine.Warp;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.Operand;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code wgmma}: D (64×N f32, in registers) = A (64×16) · B (16×N) + D by four warps, A in shared memory or registers, B
 * in shared memory. Warp w of the four owns rows 16·w to 16·w + 15, so that each can go by itself.
 */
final class WarpgroupInstructions {
    private static final Pattern SHAPE = Pattern.compile("m64n(\\d+)k16");
    private static final int K = 16;
    private static final int ROWS = 16;

    private WarpgroupInstructions() {}

    static Step wgmma(Instruction in, Operands o) {
        return switch (in.modifiers().getFirst()) {
            case "fence" ->
                (warp, lanes) -> {
                    if (warp.gathered(lanes, -1)) {
                        warp.products().fence();
                    }
                };
            case "commit_group" ->
                (warp, lanes) -> {
                    if (warp.gathered(lanes, -1)) {
                        warp.products().commit();
                    }
                };
            case "wait_group" -> {
                int open = (int) o.constant(0);
                yield (warp, lanes) -> {
                    if (warp.gathered(lanes, -1)) {
                        warp.products().waitForAllBut(open);
                    }
                };
            }
            case "mma_async" -> product(in, o);
            default -> throw PtxException.unknown(in);
        };
    }

    /** {@code d, a, b, scale-d, scale-a, scale-b{, transpose-a}, transpose-b}. */
    private static Step product(Instruction in, Operands o) {
        int n = columns(in);
        List<PtxType> types = in.types();
        PtxType type = types.getLast();
        if (types.size() != 3 || types.getFirst() != PtxType.F32 || (type != PtxType.BF16 && type != PtxType.F16)) {
            throw PtxException.unknown(in);
        }
        int[] sums = o.results(0);
        boolean aInRegisters = in.operand(1) instanceof Operand.Vector;
        int[] a = o.values(1, aInRegisters ? PtxType.B32 : PtxType.B64);
        int b = o.value(2, PtxType.B64);
        if (sums.length != n / 2 || a.length != (aInRegisters ? 4 : 1)) {
            throw PtxException.unknown(in);
        }
        Truth accumulates = o.truth(3);
        long scaleA = o.constant(4);
        long scaleB = o.constant(5);
        boolean transposeA = !aInRegisters && o.constant(6) != 0;
        boolean transposeB = o.constant(aInRegisters ? 6 : 7) != 0;
        float sign = scaleA * scaleB;
        Half half = Half.of(type);
        return (warp, lanes) -> {
            if (!warp.gathered(lanes, -1)) {
                return;
            }
            if (!warp.products().isFenced()) {
                warp.report(FindingKind.MISSING_FENCE, 0, 0, "a product whose registers no wgmma.fence has passed");
                warp.products().fence();
            }
            boolean adds = (accumulates.of(warp, lanes) & 1) != 0;
            int pc = warp.pc();
            float[] left = aInRegisters ? registers(warp, lanes, a, half) : null;
            MatrixDescriptor descriptorA =
                    aInRegisters ? null : MatrixDescriptor.decode(warp.read(a[0], lanes)[0], transposeA);
            MatrixDescriptor descriptorB = MatrixDescriptor.decode(warp.read(b, lanes)[0], transposeB);
            if (adds) {
                requireSums(warp, lanes, sums);
            }
            warp.products()
                    .start(
                            sums,
                            () -> warp.at(pc, () -> {
                                float[] rows = left != null
                                        ? left
                                        : load(warp, descriptorA, warp.index() % 4 * ROWS, ROWS, half);
                                float[] columns = load(warp, descriptorB, 0, n, half);
                                multiply(warp, sums, adds, sign, rows, columns);
                            }));
        };
    }

    private static int columns(Instruction in) {
        for (String modifier : in.modifiers()) {
            Matcher matcher = SHAPE.matcher(modifier);
            if (matcher.matches()) {
                int n = Integer.parseInt(matcher.group(1));
                if (n % 8 == 0 && n >= 8 && n <= 256) {
                    return n;
                }
            }
        }
        throw PtxException.unknown(in);
    }

    private static void requireSums(Warp warp, int lanes, int[] sums) {
        for (int slot : sums) {
            if (!warp.products().isFlying(slot)) {
                warp.read(slot, lanes);
            }
        }
    }

    /** The warp's 16×16 part of A from registers, laid out as for {@code mma.m16n8k16}. */
    private static float[] registers(Warp warp, int lanes, int[] slots, Half half) {
        float[] a = new float[ROWS * K];
        for (int r = 0; r < 4; r++) {
            long[] x = warp.read(slots[r], lanes);
            for (int lane = 0; lane < 32; lane++) {
                int at = (8 * (r % 2) + lane / 4) * K + 8 * (r / 2) + lane % 4 * 2;
                a[at] = half.widen(x[lane] & Words.MASK_16);
                a[at + 1] = half.widen(x[lane] >>> 16);
            }
        }
        return a;
    }

    /** Rows of a matrix whose other side is k, k contiguous: count×16. */
    private static float[] load(Warp warp, MatrixDescriptor descriptor, int first, int count, Half half) {
        SharedMemory shared = warp.block().shared();
        float[] values = new float[count * K];
        if (!descriptor.isKnown()) {
            throw new UnsupportedOperationException("line " + warp.line() + ": a matrix descriptor of this layout");
        }
        int step = 8;
        int outer = descriptor.transposed() ? K : count;
        int inner = descriptor.transposed() ? count : K;
        for (int i = 0; i < outer; i++) {
            for (int j = 0; j < inner; j += step) {
                int row = descriptor.transposed() ? first + j : first + i;
                int k = descriptor.transposed() ? i : j;
                int at = descriptor.address(row, k);
                if (!shared.readableByUnit(warp, 0, at, "a product")) {
                    continue;
                }
                for (int e = 0; e < step; e++) {
                    long bits = shared.get(warp, 0, at + 2L * e, 2);
                    int index = descriptor.transposed() ? (j + e) * K + i : i * K + j + e;
                    values[index] = half.widen(bits);
                }
            }
        }
        return values;
    }

    /** Thread t holds row t / 4 (and 8 more) and columns 8·i + 2·(t % 4) (and the next) in registers 4·i to 4·i + 3. */
    private static void multiply(Warp warp, int[] sums, boolean adds, float sign, float[] rows, float[] columns) {
        for (int r = 0; r < sums.length; r++) {
            long[] out = warp.peek(sums[r]);
            for (int lane = 0; lane < 32; lane++) {
                int row = lane / 4 + 8 * (r % 4 / 2);
                int column = r / 4 * 8 + 2 * (lane % 4) + r % 2;
                float sum = adds ? Words.f32(out[lane]) : 0;
                out[lane] = Words.bits(dot(sum, sign, rows, row * K, columns, column * K));
            }
        }
    }

    private static float dot(float start, float sign, float[] a, int fromA, float[] b, int fromB) {
        float sum = start;
        for (int k = 0; k < K; k++) {
            sum = Math.fma(sign * a[fromA + k], b[fromB + k], sum);
        }
        return sum;
    }
}
