package dev.errata.kernels.sim.isa;

import dev.errata.kernels.sim.machine.GenericSpace;
import dev.errata.kernels.sim.machine.SharedMemory;
import dev.errata.kernels.sim.machine.Step;
import dev.errata.kernels.sim.machine.Warp;
import dev.errata.kernels.sim.ptx.Instruction;
import dev.errata.kernels.sim.ptx.PtxException;

/**
 * {@code ldmatrix} and {@code stmatrix}: 8x8 matrices of 16-bit elements between shared memory and the registers of a
 * warp. Lanes 8·k to 8·k + 7 give the addresses of the rows of matrix k; lane l holds elements 2·(l % 4) and the next of
 * row l / 4, or, transposed, of column l / 4.
 */
final class MatrixMoves {
    private static final int ROW_BYTES = 16;

    private MatrixMoves() {}

    private static int count(Instruction in) {
        String x = in.anyOf("x1", "x2", "x4");
        if (x == null || !in.has("m8n8") || !in.has("b16")) {
            throw PtxException.unknown(in);
        }
        return x.charAt(1) - '0';
    }

    static Step ldmatrix(Instruction in, Operands o) {
        int count = count(in);
        boolean transposed = in.has("trans");
        int[] to = o.results(0);
        Operands.Address address = o.address(1);
        if (to.length != count) {
            throw PtxException.unknown(in);
        }
        int rows = count == 4 ? -1 : (1 << (8 * count)) - 1;
        return (warp, lanes) -> {
            if (!warp.gathered(lanes, -1)) {
                return;
            }
            long[] at = rowAddresses(warp, lanes & rows, address);
            SharedMemory shared = warp.block().shared();
            shared.count(warp, lanes & rows, at, ROW_BYTES);
            int good = 0;
            for (int rest = lanes & rows; rest != 0; rest &= rest - 1) {
                int i = Integer.numberOfTrailingZeros(rest);
                good |= shared.readable(warp, i, at[i], ROW_BYTES) ? 1 << i : 0;
            }
            byte[] data = shared.data();
            for (int m = 0; m < count; m++) {
                long[] out = warp.write(to[m], lanes);
                for (int l = 0; l < 32; l++) {
                    out[l] = element(data, at, good, m, l, transposed, 0)
                            | element(data, at, good, m, l, transposed, 1) << 16;
                }
            }
        };
    }

    private static long element(byte[] data, long[] at, int good, int m, int lane, boolean transposed, int i) {
        int row = 8 * m + (transposed ? 2 * (lane % 4) + i : lane / 4);
        int column = transposed ? lane / 4 : 2 * (lane % 4) + i;
        if ((good >>> row & 1) == 0) {
            return 0;
        }
        int from = (int) at[row] + 2 * column;
        return (data[from] & 0xFFL) | (data[from + 1] & 0xFFL) << 8;
    }

    private static long[] rowAddresses(Warp warp, int lanes, Operands.Address address) {
        long[] at = MemoryAccess.addresses(warp, lanes, address);
        for (int i = 0; i < 32; i++) {
            at[i] = GenericSpace.within(at[i]);
        }
        return at;
    }

    static Step stmatrix(Instruction in, Operands o) {
        int count = count(in);
        boolean transposed = in.has("trans");
        Operands.Address address = o.address(0);
        int[] from = o.values(1, dev.errata.kernels.sim.ptx.PtxType.B32);
        if (from.length != count) {
            throw PtxException.unknown(in);
        }
        int rows = count == 4 ? -1 : (1 << (8 * count)) - 1;
        return (warp, lanes) -> {
            if (!warp.gathered(lanes, -1)) {
                return;
            }
            long[] at = rowAddresses(warp, lanes & rows, address);
            SharedMemory shared = warp.block().shared();
            shared.count(warp, lanes & rows, at, ROW_BYTES);
            for (int row = 0; row < 8 * count; row++) {
                if ((lanes >>> row & 1) == 0 || !shared.writable(warp, row, at[row], ROW_BYTES)) {
                    continue;
                }
                long[] x = warp.read(from[row / 8], lanes);
                for (int column = 0; column < 8; column++) {
                    int r = row % 8;
                    int lane = transposed ? column * 4 + r / 2 : r * 4 + column / 2;
                    int half = transposed ? r % 2 : column % 2;
                    shared.put(warp, row, at[row] + 2L * column, 2, x[lane] >>> (16 * half) & 0xFFFF);
                }
            }
        };
    }

    /** {@code movmatrix.sync.aligned.m8n8.trans.b16 d, a}: a transposed matrix, from registers to registers. */
    static Step movmatrix(Instruction in, Operands o) {
        if (!in.has("trans")) {
            throw PtxException.unknown(in);
        }
        int to = o.result(0);
        int from = o.value(1, dev.errata.kernels.sim.ptx.PtxType.B32);
        return (warp, lanes) -> {
            if (!warp.gathered(lanes, -1)) {
                return;
            }
            long[] x = warp.read(from, lanes).clone();
            long[] out = warp.write(to, lanes);
            for (int l = 0; l < 32; l++) {
                long value = 0;
                for (int i = 0; i < 2; i++) {
                    int row = 2 * (l % 4) + i;
                    int column = l / 4;
                    value |= (x[row * 4 + column / 2] >>> (16 * (column % 2)) & 0xFFFF) << (16 * i);
                }
                out[l] = value;
            }
        };
    }
}
