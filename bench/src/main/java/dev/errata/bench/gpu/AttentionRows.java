package dev.errata.bench.gpu;

import dev.errata.bench.measure.Spread;
import dev.errata.kernels.cuda.AttentionKernels;
import dev.errata.kernels.cuda.AttentionShape;
import dev.errata.kernels.cuda.DecodeAttentionKernels;
import dev.errata.kernels.cuda.DeviceRows;
import dev.errata.kernels.cuda.DeviceSegments;
import dev.errata.kernels.cuda.KernelLibrary;
import dev.errata.kernels.cuda.KeyCache;
import dev.errata.kernels.cuda.RopeKernels;
import dev.errata.kernels.cuda.RotaryTables;
import dev.errata.tensor.DType;
import dev.errata.tensor.Philox;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * Attention of training (a step's tokens in sequences of one length) and of decoding, and rotary embedding. Operations count as
 * in the papers: 2·S²·D a head and sequence forward, since half of the scores are masked, and 2.5 times that backward.
 */
final class AttentionRows {
    private static final int TURNS = 3;

    private final KernelLibrary library;
    private final GpuTimer timer;
    private final Ceilings ceilings;
    private final KernelSizes sizes;
    private final List<KernelRow> rows = new ArrayList<>();

    private AttentionRows(KernelLibrary library, GpuTimer timer, Ceilings ceilings, KernelSizes sizes) {
        this.library = library;
        this.timer = timer;
        this.ceilings = ceilings;
        this.sizes = sizes;
    }

    static List<KernelRow> measure(KernelLibrary library, GpuTimer timer, Ceilings ceilings, KernelSizes sizes) {
        AttentionRows it = new AttentionRows(library, timer, ceilings, sizes);
        int heads = sizes.heads();
        int keyHeads = sizes.keyHeads();
        int longest = sizes.lengths().getLast();
        int middle = sizes.lengths().get(sizes.lengths().size() / 2);
        for (int length : sizes.lengths()) {
            it.training(DType.BF16, heads, heads, 128, length, 0);
        }
        it.training(DType.BF16, heads, keyHeads, 128, middle, 0);
        it.training(DType.BF16, heads, keyHeads, 128, longest, longest / 8);
        it.training(DType.BF16, heads, heads, 64, middle, 0);
        it.training(DType.BF16, heads, heads, 96, middle, 0);
        it.training(DType.F32, heads, heads, 128, sizes.lengths().getFirst(), 0);
        int together = sizes.sampledRows();
        it.decoding(heads, heads, 128, Math.max(1, together / 4), sizes.cached());
        it.decoding(heads, keyHeads, 128, Math.max(1, together / 4), sizes.cached());
        it.decoding(heads, keyHeads, 128, together, sizes.cached());
        it.decoding(heads, keyHeads, 128, 1, 8 * sizes.cached());
        it.rotary();
        return it.rows;
    }

    private void training(DType dtype, int heads, int keyHeads, int d, int length, int window) {
        AttentionShape shape = new AttentionShape(heads, keyHeads, d, (float) (1 / Math.sqrt(d)), window, false);
        AttentionKernels kernels = new AttentionKernels(library);
        try (DeviceArrays arrays = new DeviceArrays(library.driver())) {
            DeviceSegments segments = packed(arrays, length);
            DeviceRows q = rows(arrays, dtype, heads * d);
            DeviceRows k = rows(arrays, dtype, keyHeads * d);
            DeviceRows v = rows(arrays, dtype, keyHeads * d);
            DeviceRows out = rows(arrays, dtype, heads * d);
            DeviceRows dOut = rows(arrays, dtype, heads * d);
            DeviceRows dQ = rows(arrays, dtype, heads * d);
            DeviceRows dK = rows(arrays, dtype, keyHeads * d);
            DeviceRows dV = rows(arrays, dtype, keyHeads * d);
            long lse = arrays.empty(4L * sizes.tokens() * heads);
            long delta = arrays.empty(4L * sizes.tokens() * heads);
            double seen = window == 0
                    ? length / 2.0
                    : Math.min(window, length) * (1 - Math.min(window, length) / 2.0 / length);
            double operations = 4.0 * sizes.tokens() * seen * d * heads;
            double limit = dtype == DType.BF16 ? ceilings.cublas().getOrDefault(sizes.largestSquare(), 0.0) : 0;
            String name = " " + dtype.name().toLowerCase(Locale.ROOT) + " d" + d + " " + heads + "/" + keyHeads;
            String size = sizes.tokens() / length + "x" + length + (window == 0 ? "" : " window " + window);
            Spread forward = timer.time(i -> kernels.forward(shape, segments, q, k, v, out, lse, 0));
            rows.add(KernelRow.ofProduct("attention" + name, size, forward, operations, limit));
            Spread backward = timer.time(i ->
                    kernels.backward(shape, segments, sizes.tokens(), q, k, v, out, lse, dOut, delta, dQ, dK, dV, 0));
            rows.add(KernelRow.ofProduct("attention backward" + name, size, backward, 2.5 * operations, limit));
        }
    }

    private DeviceRows rows(DeviceArrays arrays, DType dtype, int width) {
        long count = (long) sizes.tokens() * width;
        return new DeviceRows(dtype == DType.F32 ? arrays.f32(count, 1) : arrays.bf16(count, 1), dtype, width);
    }

    private DeviceSegments packed(DeviceArrays arrays, int length) {
        int[] starts =
                IntStream.range(0, sizes.tokens() / length).map(s -> s * length).toArray();
        int[] lengths = new int[starts.length];
        Arrays.fill(lengths, length);
        long start = arrays.i32(starts);
        long all = arrays.i32(lengths);
        return new DeviceSegments(start, all, start, all, starts.length, length, length);
    }

    private void decoding(int heads, int keyHeads, int d, int sequences, int length) {
        AttentionShape shape = new AttentionShape(heads, keyHeads, d, (float) (1 / Math.sqrt(d)), 0, false);
        DecodeAttentionKernels kernels = new DecodeAttentionKernels(library);
        int block = 16;
        int stride = length / block;
        int width = keyHeads * d;
        try (DeviceArrays arrays = new DeviceArrays(library.driver())) {
            List<KeyCache> caches = new ArrayList<>();
            for (int i = 0; i < TURNS; i++) {
                long count = (long) sequences * length * width;
                long table = arrays.i32(Philox.permutation(3, i, sequences * stride));
                caches.add(KeyCache.paged(
                        DType.BF16, arrays.bf16(count, 1), arrays.bf16(count, 1), width, table, stride, block));
            }
            int[] lengths = new int[sequences];
            Arrays.fill(lengths, length);
            long all = arrays.i32(lengths);
            DeviceRows q = new DeviceRows(arrays.bf16((long) sequences * heads * d, 1), DType.BF16, heads * d);
            DeviceRows out = new DeviceRows(arrays.empty(2L * sequences * heads * d), DType.BF16, heads * d);
            long scratch = arrays.empty(Math.max(1, DecodeAttentionKernels.scratchBytes(shape, sequences, length)));
            Spread time = timer.time(i ->
                    kernels.attend(shape, q, caches.get(i % TURNS), 0, all, sequences, length, out, 0, scratch, 0));
            double bytes = 2.0 * 2 * sequences * length * width;
            rows.add(KernelRow.ofBytes(
                    "decoding attention " + heads + "/" + keyHeads, sequences + "x" + length, time, bytes, ceilings));
        }
    }

    private void rotary() {
        int d = 128;
        int headsQ = sizes.heads();
        int headsK = sizes.keyHeads();
        RopeKernels kernels = new RopeKernels(library);
        try (DeviceArrays arrays = new DeviceArrays(library.driver())) {
            List<DeviceRows> q = new ArrayList<>();
            List<DeviceRows> k = new ArrayList<>();
            for (int i = 0; i < TURNS; i++) {
                q.add(rows(arrays, DType.BF16, headsQ * d));
                k.add(rows(arrays, DType.BF16, headsK * d));
            }
            long cos = arrays.f32((long) sizes.tokens() * d / 2, 1e-3f);
            long sin = arrays.f32((long) sizes.tokens() * d / 2, 1e-3f);
            long positions = arrays.i32(IntStream.range(0, sizes.tokens()).toArray());
            Spread time = timer.time(i -> kernels.rotate(
                    q.get(i % TURNS),
                    headsQ,
                    k.get(i % TURNS),
                    headsK,
                    d,
                    RotaryTables.f32(cos, sin, d / 2),
                    positions,
                    sizes.tokens(),
                    false,
                    false,
                    0));
            double bytes = 2.0 * 2 * sizes.tokens() * (headsQ + headsK) * d + 4.0 * sizes.tokens() * d;
            rows.add(KernelRow.ofBytes(
                    "rope",
                    sizes.tokens() + " tokens, " + headsQ + "+" + headsK + " heads of 128",
                    time,
                    bytes,
                    ceilings));
        }
    }
}
