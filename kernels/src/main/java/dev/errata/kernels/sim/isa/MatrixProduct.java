package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.machine.Warp;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.PtxException;
import dev.errata.kernels.sim.ptx.PtxType;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * {@code mma.sync}: D = A·B + C of an m×k by a k×n matrix, spread over the registers of a warp. Where elements lie
 * follows from their width alone: with g = lane / 4, t = lane % 4 and e elements in a register, register r of A holds
 * row g + 8·(r % 2), columns t·e + 4·e·(r / 2) and on; register r of B rows t·e + 4·e·r and on, column g; and C and D
 * row g + 8·(r / 2), column 2·t + r % 2 (two such in a register for f16). Sums are in the order of k.
 */
final class MatrixProduct {
    private static final Pattern SHAPE = Pattern.compile("m(\\d+)n(\\d+)k(\\d+)");

    private record Shape(int m, int n, int k) {
        static Shape of(Instruction in) {
            for (String modifier : in.modifiers()) {
                Matcher matcher = SHAPE.matcher(modifier);
                if (matcher.matches()) {
                    return new Shape(
                            Integer.parseInt(matcher.group(1)),
                            Integer.parseInt(matcher.group(2)),
                            Integer.parseInt(matcher.group(3)));
                }
            }
            throw PtxException.unknown(in);
        }
    }

    private MatrixProduct() {}

    /** {@code mma.sync.aligned.shape.row.col.d.a.b.c D, A, B, C}. */
    static Step mma(Instruction in, Operands o) {
        List<PtxType> types = in.types();
        Shape shape = Shape.of(in);
        if (types.size() != 4 || !in.has("row") || !in.has("col") || shape.n != 8 || in.has("sp")) {
            throw PtxException.unknown(in);
        }
        PtxType d = types.get(0);
        PtxType a = types.get(1);
        PtxType b = types.get(2);
        int perRegister = Math.max(1, 32 / a.bits());
        int rowsInRegisters = shape.m / 8;
        check(in, o, shape, perRegister, d);
        int[] dSlots = o.results(0);
        int[] aSlots = o.values(1, PtxType.B32);
        int[] bSlots = o.values(2, PtxType.B32);
        int[] cSlots = o.values(3, d == PtxType.F64 ? PtxType.F64 : d == PtxType.F32 ? PtxType.F32 : PtxType.B32);
        Fragments fragments = new Fragments(shape, perRegister, rowsInRegisters, a.bits());
        return switch (d) {
            case F32, F16 -> floats(fragments, a, d, dSlots, aSlots, bSlots, cSlots);
            case S32 -> integers(fragments, a, b, in.has("satfinite"), dSlots, aSlots, bSlots, cSlots);
            case F64 -> doubles(fragments, dSlots, aSlots, bSlots, cSlots);
            default -> throw PtxException.unknown(in);
        };
    }

    private static void check(Instruction in, Operands o, Shape shape, int perRegister, PtxType d) {
        PtxType a = in.types().get(1);
        boolean known = switch (a) {
            case F16, BF16 ->
                shape.m == 16
                        && (shape.k == 8 || shape.k == 16)
                        && (d == PtxType.F32 || (d == PtxType.F16 && a == PtxType.F16));
            case TF32 -> shape.m == 16 && (shape.k == 4 || shape.k == 8) && d == PtxType.F32;
            case S8, U8 ->
                ((shape.m == 16 && (shape.k == 16 || shape.k == 32)) || (shape.m == 8 && shape.k == 16))
                        && d == PtxType.S32;
            case F64 -> shape.m == 8 && shape.k == 4 && d == PtxType.F64;
            default -> false;
        };
        int inA = shape.m * shape.k / 32 / perRegister;
        int inB = shape.n * shape.k / 32 / perRegister;
        int inD = shape.m * shape.n / 32 / (d == PtxType.F16 ? 2 : 1);
        if (!known
                || o.vector(0).size() != inD
                || o.vector(1).size() != inA
                || o.vector(2).size() != inB
                || o.vector(3).size() != inD) {
            throw PtxException.unknown(in);
        }
    }

    /** Where the elements of A and B lie. */
    private record Fragments(Shape shape, int perRegister, int rowsInRegisters, int bits) {
        interface Element<T> {
            void put(T to, int index, long bits);
        }

        /** A row by row, m×k. */
        <T> void gatherA(Warp warp, int lanes, int[] slots, T to, Element<T> element) {
            for (int r = 0; r < slots.length; r++) {
                long[] x = warp.read(slots[r], lanes);
                int firstRow = 8 * (r % rowsInRegisters);
                int firstColumn = 4 * perRegister * (r / rowsInRegisters);
                for (int lane = 0; lane < 32; lane++) {
                    int at = (firstRow + lane / 4) * shape.k + firstColumn + lane % 4 * perRegister;
                    for (int i = 0; i < perRegister; i++) {
                        element.put(to, at + i, x[lane] >>> (i * bits));
                    }
                }
            }
        }

        /** B row by row, k×8. */
        <T> void gatherB(Warp warp, int lanes, int[] slots, T to, Element<T> element) {
            for (int r = 0; r < slots.length; r++) {
                long[] x = warp.read(slots[r], lanes);
                for (int lane = 0; lane < 32; lane++) {
                    int row = 4 * perRegister * r + lane % 4 * perRegister;
                    for (int i = 0; i < perRegister; i++) {
                        element.put(to, (row + i) * 8 + lane / 4, x[lane] >>> (i * bits));
                    }
                }
            }
        }
    }

    private static int rowOfD(int register, int lane) {
        return lane / 4 + 8 * (register / 2);
    }

    private static int columnOfD(int register, int lane) {
        return 2 * (lane % 4) + register % 2;
    }

    private static Step floats(
            Fragments f, PtxType type, PtxType d, int[] dSlots, int[] aSlots, int[] bSlots, int[] cSlots) {
        Fragments.Element<float[]> element = switch (type) {
            case BF16 -> (to, i, bits) -> to[i] = Float.intBitsToFloat((int) bits << 16);
            case F16 -> (to, i, bits) -> to[i] = Float.float16ToFloat((short) bits);
            default -> (to, i, bits) -> to[i] = Float.intBitsToFloat((int) bits & 0xFFFF_E000);
        };
        boolean halves = d == PtxType.F16;
        int m = f.shape.m;
        int k = f.shape.k;
        return (warp, lanes) -> {
            if (!warp.gathered(lanes, -1)) {
                return;
            }
            float[] a = new float[m * k];
            float[] b = new float[k * 8];
            float[] sums = new float[m * 8];
            f.gatherA(warp, lanes, aSlots, a, element);
            f.gatherB(warp, lanes, bSlots, b, element);
            for (int r = 0; r < cSlots.length; r++) {
                long[] x = warp.read(cSlots[r], lanes);
                for (int lane = 0; lane < 32; lane++) {
                    if (halves) {
                        int at = (lane / 4 + 8 * r) * 8 + 2 * (lane % 4);
                        sums[at] = Half.F16.widen(x[lane] & Words.MASK_16);
                        sums[at + 1] = Half.F16.widen(x[lane] >>> 16);
                    } else {
                        sums[rowOfD(r, lane) * 8 + columnOfD(r, lane)] = Words.f32(x[lane]);
                    }
                }
            }
            multiply(a, b, sums, m, k);
            for (int r = 0; r < dSlots.length; r++) {
                long[] out = warp.write(dSlots[r], lanes);
                for (int lane = 0; lane < 32; lane++) {
                    if (halves) {
                        int at = (lane / 4 + 8 * r) * 8 + 2 * (lane % 4);
                        out[lane] = Half.F16.narrow(sums[at]) | Half.F16.narrow(sums[at + 1]) << 16;
                    } else {
                        out[lane] = Words.bits(sums[rowOfD(r, lane) * 8 + columnOfD(r, lane)]);
                    }
                }
            }
        };
    }

    /** sums (m×8) += a (m×k) · b (k×8). Eight sums in locals, which the JVM keeps in registers. */
    static void multiply(float[] a, float[] b, float[] sums, int m, int k) {
        for (int i = 0; i < m; i++) {
            int at = i * 8;
            float s0 = sums[at];
            float s1 = sums[at + 1];
            float s2 = sums[at + 2];
            float s3 = sums[at + 3];
            float s4 = sums[at + 4];
            float s5 = sums[at + 5];
            float s6 = sums[at + 6];
            float s7 = sums[at + 7];
            for (int l = 0; l < k; l++) {
                float x = a[i * k + l];
                int row = l * 8;
                s0 = Math.fma(x, b[row], s0);
                s1 = Math.fma(x, b[row + 1], s1);
                s2 = Math.fma(x, b[row + 2], s2);
                s3 = Math.fma(x, b[row + 3], s3);
                s4 = Math.fma(x, b[row + 4], s4);
                s5 = Math.fma(x, b[row + 5], s5);
                s6 = Math.fma(x, b[row + 6], s6);
                s7 = Math.fma(x, b[row + 7], s7);
            }
            sums[at] = s0;
            sums[at + 1] = s1;
            sums[at + 2] = s2;
            sums[at + 3] = s3;
            sums[at + 4] = s4;
            sums[at + 5] = s5;
            sums[at + 6] = s6;
            sums[at + 7] = s7;
        }
    }

    /** As they were before the results are written over them. */
    private static long[][] copies(Warp warp, int lanes, int[] slots) {
        long[][] copies = new long[slots.length][];
        for (int r = 0; r < slots.length; r++) {
            copies[r] = warp.read(slots[r], lanes).clone();
        }
        return copies;
    }

    private static Step integers(
            Fragments f,
            PtxType aType,
            PtxType bType,
            boolean saturates,
            int[] dSlots,
            int[] aSlots,
            int[] bSlots,
            int[] cSlots) {
        int m = f.shape.m;
        int k = f.shape.k;
        return (warp, lanes) -> {
            if (!warp.gathered(lanes, -1)) {
                return;
            }
            long[] a = new long[m * k];
            long[] b = new long[k * 8];
            f.gatherA(warp, lanes, aSlots, a, (to, i, bits) -> to[i] = Words.number(bits, aType));
            f.gatherB(warp, lanes, bSlots, b, (to, i, bits) -> to[i] = Words.number(bits, bType));
            long[][] all = copies(warp, lanes, cSlots);
            for (int r = 0; r < dSlots.length; r++) {
                long[] c = all[r];
                long[] out = warp.write(dSlots[r], lanes);
                for (int lane = 0; lane < 32; lane++) {
                    long sum = (int) c[lane];
                    for (int l = 0; l < k; l++) {
                        sum += a[rowOfD(r, lane) * k + l] * b[l * 8 + columnOfD(r, lane)];
                    }
                    out[lane] =
                            (saturates ? Math.clamp(sum, Integer.MIN_VALUE, Integer.MAX_VALUE) : sum) & Words.MASK_32;
                }
            }
        };
    }

    private static Step doubles(Fragments f, int[] dSlots, int[] aSlots, int[] bSlots, int[] cSlots) {
        int k = f.shape.k;
        return (warp, lanes) -> {
            if (!warp.gathered(lanes, -1)) {
                return;
            }
            double[] a = new double[f.shape.m * k];
            double[] b = new double[k * 8];
            f.gatherA(warp, lanes, aSlots, a, (to, i, bits) -> to[i] = Words.f64(bits));
            f.gatherB(warp, lanes, bSlots, b, (to, i, bits) -> to[i] = Words.f64(bits));
            long[][] all = copies(warp, lanes, cSlots);
            for (int r = 0; r < dSlots.length; r++) {
                long[] c = all[r];
                long[] out = warp.write(dSlots[r], lanes);
                for (int lane = 0; lane < 32; lane++) {
                    double sum = Words.f64(c[lane]);
                    for (int l = 0; l < k; l++) {
                        sum = Math.fma(a[rowOfD(r, lane) * k + l], b[l * 8 + columnOfD(r, lane)], sum);
                    }
                    out[lane] = Words.bits(sum);
                }
            }
        };
    }
}
