package dev.errata.bench.gpu;

import dev.errata.kernels.cuda.AttentionKernels;
import dev.errata.kernels.cuda.AttentionShape;
import dev.errata.kernels.cuda.DecodeAttentionKernels;
import dev.errata.kernels.cuda.DeviceRows;
import dev.errata.kernels.cuda.DeviceSegments;
import dev.errata.kernels.cuda.KernelLibrary;
import dev.errata.kernels.cuda.KeyCache;
import dev.errata.kernels.cuda.RopeKernels;
import dev.errata.tensor.DType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Attention at LLaMA-2 7B's heads, 32 of 128: 8192 packed tokens of training, and decoding beside 1,024 keys each.
 * Operations are those of the causal half, backward 2.5 times the forward (FlashAttention's count); the limit is cuBLAS'
 * rate at 8192.
 */
final class AttentionRows {
    private static final int TOKENS = 8192;
    private static final int HEADS = 32;
    private static final int DIM = 128;
    private static final int BLOCK_TOKENS = 16;

    private AttentionRows() {}

    static List<Row> measure(KernelLibrary library, GpuTimer timer, Ceilings ceilings) {
        List<Row> rows = new ArrayList<>();
        for (int length : new int[] {512, 2048, 8192}) {
            training(library, timer, ceilings, length, rows);
        }
        rope(library, timer, ceilings, rows);
        decoding(library, timer, ceilings, HEADS, rows);
        decoding(library, timer, ceilings, HEADS / 4, rows);
        return rows;
    }

    private static void training(
            KernelLibrary library, GpuTimer timer, Ceilings ceilings, int length, List<Row> rows) {
        AttentionKernels kernels = new AttentionKernels(library);
        AttentionShape shape = new AttentionShape(HEADS, HEADS, DIM, (float) (1 / Math.sqrt(DIM)), 0, false);
        int count = TOKENS / length;
        long n = (long) TOKENS * HEADS * DIM;
        try (DeviceArrays arrays = new DeviceArrays(library.driver())) {
            DeviceSegments segments = segments(arrays, count, length);
            DeviceRows q = bf16(arrays.bf16(n, 1));
            DeviceRows k = bf16(arrays.bf16(n, 1));
            DeviceRows v = bf16(arrays.bf16(n, 1));
            DeviceRows out = bf16(arrays.empty(2 * n));
            long lse = arrays.empty(4L * TOKENS * HEADS);
            double operations = 4.0 * DIM * HEADS * count * ((double) length * (length + 1) / 2);
            String name = count + "x" + length + ", 32 heads of 128";
            double limit = ceilings.cublas().getOrDefault(8192, 0.0);
            GpuTimer.Time forward = timer.time(i -> kernels.forward(shape, segments, q, k, v, out, lse, 0));
            rows.add(Row.ofProduct("attention", name, forward, operations, limit));
            DeviceRows dOut = bf16(arrays.bf16(n, 1));
            DeviceRows dQ = bf16(arrays.empty(2 * n));
            DeviceRows dK = bf16(arrays.empty(2 * n));
            DeviceRows dV = bf16(arrays.empty(2 * n));
            long delta = arrays.empty(4L * TOKENS * HEADS);
            GpuTimer.Time backward = timer.time(i -> kernels.backward(
                    shape, segments, TOKENS, q, k, v, out, lse, dOut, delta, dQ, dK, dV, 0));
            rows.add(Row.ofProduct("attention backward", name, backward, 2.5 * operations, limit));
        }
    }

    private static void rope(KernelLibrary library, GpuTimer timer, Ceilings ceilings, List<Row> rows) {
        RopeKernels kernels = new RopeKernels(library);
        long n = (long) TOKENS * HEADS * DIM;
        try (DeviceArrays arrays = new DeviceArrays(library.driver())) {
            DeviceRows q = bf16(arrays.bf16(n, 1));
            DeviceRows k = bf16(arrays.bf16(n, 1));
            long cos = arrays.f32(2048L * DIM / 2, 0.5f);
            long sin = arrays.f32(2048L * DIM / 2, 0.5f);
            int[] positions = new int[TOKENS];
            Arrays.setAll(positions, i -> i % 512);
            long at = arrays.i32(positions);
            GpuTimer.Time time = timer.time(
                    i -> kernels.rotate(q, HEADS, k, HEADS, DIM, cos, sin, at, TOKENS, i % 2 == 1, false, 0));
            rows.add(Row.ofBytes("rope of q and k", TOKENS + "x2x" + HEADS * DIM + " bf16", time, 8.0 * n, ceilings));
        }
    }

    private static void decoding(
            KernelLibrary library, GpuTimer timer, Ceilings ceilings, int keyHeads, List<Row> rows) {
        DecodeAttentionKernels kernels = new DecodeAttentionKernels(library);
        AttentionShape shape = new AttentionShape(HEADS, keyHeads, DIM, (float) (1 / Math.sqrt(DIM)), 0, false);
        int batch = 64;
        int keys = 1024;
        int blocks = keys / BLOCK_TOKENS;
        long n = (long) batch * keys * keyHeads * DIM;
        try (DeviceArrays arrays = new DeviceArrays(library.driver())) {
            int[] table = new int[batch * blocks];
            Arrays.setAll(table, i -> (int) (i * 7919L % table.length));
            int[] lengths = new int[batch];
            Arrays.fill(lengths, keys);
            KeyCache cache = KeyCache.paged(
                    DType.BF16,
                    arrays.bf16(n, 1),
                    arrays.bf16(n, 1),
                    keyHeads * DIM,
                    arrays.i32(table),
                    blocks,
                    BLOCK_TOKENS);
            DeviceRows q = bf16(arrays.bf16((long) batch * HEADS * DIM, 1));
            DeviceRows out = bf16(arrays.empty(2L * batch * HEADS * DIM));
            long length = arrays.i32(lengths);
            long scratch = arrays.empty(Math.max(4, DecodeAttentionKernels.scratchBytes(shape, batch, keys)));
            GpuTimer.Time time = timer.time(
                    i -> kernels.attend(shape, q, cache, 0, length, batch, keys, out, 0, scratch, 0));
            String name = batch + " rows, " + keys + " keys, " + HEADS + "/" + keyHeads + " heads";
            rows.add(Row.ofBytes("decoding attention, paged", name, time, 4.0 * n, ceilings));
        }
    }

    private static DeviceSegments segments(DeviceArrays arrays, int count, int length) {
        int[] starts = new int[count];
        int[] lengths = new int[count];
        Arrays.setAll(starts, i -> i * length);
        Arrays.fill(lengths, length);
        long start = arrays.i32(starts);
        long size = arrays.i32(lengths);
        return new DeviceSegments(start, size, start, size, count, length, length);
    }

    private static DeviceRows bf16(long address) {
        return new DeviceRows(address, DType.BF16, HEADS * DIM);
    }
}
