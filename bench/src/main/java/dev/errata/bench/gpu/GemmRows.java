package dev.errata.bench.gpu;

import dev.errata.bench.measure.Spread;
import dev.errata.kernels.cuda.DeviceMatrix;
import dev.errata.kernels.cuda.F32Gemm;
import dev.errata.kernels.cuda.FewRowsGemm;
import dev.errata.kernels.cuda.Gemm;
import dev.errata.kernels.cuda.Gemm.Form;
import dev.errata.kernels.cuda.KernelLibrary;
import dev.errata.kernels.cuda.LoraGemm;
import dev.errata.kernels.cuda.MmaGemm;
import dev.errata.kernels.cuda.PieceKernels;
import dev.errata.kernels.cuda.WgmmaGemm;
import dev.errata.kernels.cuda.WgmmaLoraGemm;
import dev.errata.tensor.DType;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Matrix products: square ones beside cuBLAS, and those of a step with adapters. All take their
 * factors from one large array of random numbers; those that are bound by memory take turns among inputs that no cache
 * holds together.
 */
final class GemmRows {
    private static final int TURNS = 4;
    private static final int ALIGNMENT = 256;

    private final KernelLibrary library;
    private final GpuTimer timer;
    private final Ceilings ceilings;
    private final KernelSizes sizes;
    private final long drawn;
    private final long results;
    private final long workspace;
    private final List<KernelRow> rows = new ArrayList<>();

    private GemmRows(KernelLibrary library, GpuTimer timer, Ceilings ceilings, KernelSizes sizes, DeviceArrays arrays) {
        this.library = library;
        this.timer = timer;
        this.ceilings = ceilings;
        this.sizes = sizes;
        drawn = arrays.bf16(sizes.arrayBytes() / Short.BYTES, 1);
        results = arrays.empty(sizes.arrayBytes());
        workspace = arrays.empty(sizes.arrayBytes());
    }

    static List<KernelRow> measure(KernelLibrary library, GpuTimer timer, Ceilings ceilings, KernelSizes sizes) {
        try (DeviceArrays arrays = new DeviceArrays(library.driver())) {
            GemmRows it = new GemmRows(library, timer, ceilings, sizes, arrays);
            for (int side : sizes.squares()) {
                it.squares(side);
            }
            it.layers();
            it.lowRank();
            it.trainedLowRank(arrays);
            it.decoding();
            it.f32(arrays);
            return it.rows;
        }
    }

    private void squares(int side) {
        MmaGemm mma = new MmaGemm(library);
        for (MmaGemm.Tile tile : List.of(MmaGemm.Tile.LARGE, MmaGemm.Tile.WIDE)) {
            for (Form form : List.of(Form.NT, Form.NN, Form.TN)) {
                product("mma " + tile, form, side, side, side, g -> mma.launch(tile, g, 0));
            }
        }
        if (library.hasHopper()) {
            WgmmaGemm wgmma = new WgmmaGemm(library);
            for (WgmmaGemm.Tile tile : WgmmaGemm.Tile.values()) {
                for (Form form : List.of(Form.NT, Form.NN, Form.TN)) {
                    product("wgmma " + tile, form, side, side, side, g -> wgmma.launch(tile, g, 0));
                }
            }
        }
    }

    private void layers() {
        if (!library.hasHopper()) {
            return;
        }
        WgmmaGemm wgmma = new WgmmaGemm(library);
        for (WgmmaGemm.Tile tile : List.of(WgmmaGemm.Tile.WIDE, WgmmaGemm.Tile.PAIR)) {
            product(
                    "wgmma " + tile,
                    Form.NT,
                    sizes.tokens(),
                    sizes.hidden(),
                    sizes.hidden(),
                    g -> wgmma.launch(tile, g, 0));
            product(
                    "wgmma " + tile,
                    Form.NT,
                    sizes.tokens(),
                    sizes.feedForward(),
                    sizes.hidden(),
                    g -> wgmma.launch(tile, g, 0));
            product(
                    "wgmma " + tile,
                    Form.NN,
                    sizes.tokens(),
                    sizes.hidden(),
                    sizes.feedForward(),
                    g -> wgmma.launch(tile, g, 0));
        }
    }

    private void product(String kernel, Form form, int m, int n, int k, Consumer<Gemm> launch) {
        Gemm g = bf16(form, m, n, k, 0);
        Spread time = timer.time(i -> launch.accept(g));
        double limit = ceilings.cublas().getOrDefault(m, 0.0);
        rows.add(KernelRow.ofProduct(kernel + " " + form, m + "x" + n + "x" + k, time, 2.0 * m * n * k, limit));
    }

    private void lowRank() {
        int[][] shapes = {
            {sizes.tokens(), sizes.rank(), sizes.hidden()},
            {sizes.tokens(), sizes.rank(), sizes.feedForward()},
            {sizes.tokens(), 16, sizes.hidden()},
            {sizes.tokens(), PieceKernels.PIECES * sizes.rank(), sizes.hidden()},
            {sizes.tokens(), PieceKernels.PIECES * sizes.rank(), sizes.feedForward()},
        };
        Consumer<Gemm> launch = lowRankLaunch();
        for (int[] s : shapes) {
            skinny(launch, Form.NT, s[0], s[1], s[2]);
            skinny(launch, Form.NN, s[0], s[1], s[2]);
            skinny(launch, Form.TN, s[1], s[2], s[0]);
            skinny(launch, Form.TN, s[2], s[1], s[0]);
        }
    }

    /** As {@code Bf16Gemm} chooses. */
    private Consumer<Gemm> lowRankLaunch() {
        if (library.hasHopper()) {
            WgmmaLoraGemm hopper = new WgmmaLoraGemm(library);
            return g -> hopper.launch(g, 0);
        }
        LoraGemm lora = new LoraGemm(library);
        return g -> lora.launch(g, workspace, 0);
    }

    private void skinny(Consumer<Gemm> launch, Form form, int m, int n, int k) {
        List<Gemm> turns = turns(form, m, n, k);
        Spread time = timer.time(i -> launch.accept(turns.get(i % TURNS)));
        rows.add(KernelRow.ofBytes("lora " + form, m + "x" + n + "x" + k, time, leastBytes(m, n, k), ceilings));
    }

    /** What operators do with an f32 matrix of an adapter: its pieces beside each other, one product, and their sum. */
    private void trainedLowRank(DeviceArrays arrays) {
        PieceKernels pieces = new PieceKernels(library);
        int rank = sizes.rank();
        int all = PieceKernels.PIECES * rank;
        DeviceMatrix a = new DeviceMatrix(arrays.f32((long) rank * sizes.hidden(), 1), sizes.hidden());
        DeviceMatrix split = new DeviceMatrix(arrays.empty(2L * all * sizes.hidden()), sizes.hidden());
        DeviceMatrix sums = new DeviceMatrix(arrays.empty(4L * sizes.tokens() * all), all);
        DeviceMatrix low = new DeviceMatrix(arrays.empty(4L * sizes.tokens() * rank), rank);
        boolean folds = library.hasHopper();
        List<Gemm> turns = turns(Form.NT, sizes.tokens(), rank, sizes.hidden()).stream()
                .map(g -> Gemm.of(Form.NT, sizes.tokens(), all, sizes.hidden(), g.a(), split, folds ? low : sums))
                .toList();
        Consumer<Gemm> product;
        if (folds) {
            WgmmaLoraGemm hopper = new WgmmaLoraGemm(library);
            product = g -> hopper.launchFolded(g, false, rank, 0);
        } else {
            LoraGemm lora = new LoraGemm(library);
            product = g -> {
                lora.launch(g, workspace, 0);
                pieces.fold(sums.address(), all, rank, DType.F32, low, sizes.tokens(), rank, 1, 0, 0);
            };
        }
        Spread time = timer.time(i -> {
            pieces.below(a, rank, sizes.hidden(), PieceKernels.PIECES, PieceKernels.EACH, split.address(), 0);
            product.accept(turns.get(i % TURNS));
        });
        String shape = sizes.tokens() + "x" + rank + "x" + sizes.hidden();
        rows.add(KernelRow.ofBytes(
                "lora NT by f32, in pieces", shape, time, leastBytes(sizes.tokens(), rank, sizes.hidden()), ceilings));
    }

    private void decoding() {
        FewRowsGemm few = new FewRowsGemm(library);
        for (int tokens : new int[] {1, 8, 16, 32, 64, 256}) {
            for (int out : new int[] {sizes.hidden(), sizes.feedForward()}) {
                List<Gemm> turns = turns(Form.NT, tokens, out, sizes.hidden());
                Spread time = timer.time(i -> few.launch(turns.get(i % TURNS), 0));
                String shape = tokens + "x" + out + "x" + sizes.hidden();
                rows.add(KernelRow.ofBytes("few rows", shape, time, leastBytes(tokens, out, sizes.hidden()), ceilings));
            }
        }
    }

    private void f32(DeviceArrays arrays) {
        F32Gemm f32 = new F32Gemm(library);
        int side = sizes.squares().getFirst();
        long size = (long) side * side;
        DeviceMatrix a = new DeviceMatrix(arrays.f32(size, 1), side);
        DeviceMatrix b = new DeviceMatrix(arrays.f32(size, 1), side);
        for (Form form : List.of(Form.NT, Form.NN)) {
            Gemm g = Gemm.of(form, side, side, side, a, b, new DeviceMatrix(results, side));
            Spread time = timer.time(i -> f32.launch(g, 0));
            rows.add(KernelRow.ofProduct("f32 " + form, side + "x" + side + "x" + side, time, 2.0 * size * side, 0));
        }
    }

    /** Bytes that must move: each matrix once. */
    private static double leastBytes(int m, int n, int k) {
        return 2.0 * ((double) m * k + (double) n * k + (double) m * n);
    }

    private List<Gemm> turns(Form form, int m, int n, int k) {
        List<Gemm> turns = new ArrayList<>();
        for (int i = 0; i < TURNS; i++) {
            turns.add(bf16(form, m, n, k, i));
        }
        return turns;
    }

    private Gemm bf16(Form form, int m, int n, int k, int turn) {
        long bytesA = aligned(2L * m * k);
        long bytesB = aligned(2L * n * k);
        long bytesC = aligned(2L * m * n);
        if ((turn + 1) * (bytesA + bytesB) > sizes.arrayBytes() || (turn + 1) * bytesC > sizes.arrayBytes()) {
            throw new IllegalArgumentException(m + "x" + n + "x" + k + " doesn't fit what was drawn");
        }
        long a = drawn + turn * (bytesA + bytesB);
        int strideA = form == Form.TN ? m : k;
        int strideB = form == Form.NT ? k : n;
        return Gemm.of(
                        form,
                        m,
                        n,
                        k,
                        new DeviceMatrix(a, strideA),
                        new DeviceMatrix(a + bytesA, strideB),
                        new DeviceMatrix(results + turn * bytesC, n))
                .toBf16();
    }

    private static long aligned(long bytes) {
        return Math.ceilDiv(bytes, ALIGNMENT) * ALIGNMENT;
    }
}
