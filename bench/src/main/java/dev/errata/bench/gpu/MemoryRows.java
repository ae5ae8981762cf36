package dev.errata.bench.gpu;

import dev.errata.kernels.cuda.AdamWFactors;
import dev.errata.kernels.cuda.DropoutMask;
import dev.errata.kernels.cuda.ElementwiseKernels;
import dev.errata.kernels.cuda.FourBitAddresses;
import dev.errata.kernels.cuda.FourBitKernels;
import dev.errata.kernels.cuda.FourBitProduct;
import dev.errata.kernels.cuda.FourBitProducts;
import dev.errata.kernels.cuda.GgmlKernels;
import dev.errata.kernels.cuda.KernelLibrary;
import dev.errata.kernels.cuda.LossKernels;
import dev.errata.kernels.cuda.NormKernels;
import dev.errata.kernels.cuda.OptimizerKernels;
import dev.errata.kernels.cuda.Precision;
import dev.errata.kernels.cuda.RowKernels;
import dev.errata.kernels.cuda.SamplingKernels;
import dev.errata.quant.DynamicMap;
import dev.errata.quant.FourBitFormat;
import dev.errata.tensor.Activation;
import dev.errata.tensor.Backend;
import dev.errata.tensor.Blockwise8Bit;
import dev.errata.tensor.DType;
import dev.errata.tensor.HostMemory;
import dev.errata.tensor.Scope;
import dev.errata.tensor.Tensor;
import dev.errata.tensor.reference.ReferenceBackend;
import dev.errata.tensor.sampling.SampleRequest;
import dev.errata.tensor.sampling.SamplerSettings;
import dev.errata.tensor.sampling.SamplingState;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * Kernels that are bound by memory, at the sizes of a step. Bytes are those that must move:
 * each input read once, each output written once. Arrays are larger than any cache, or take turns.
 */
final class MemoryRows {
    private static final int WEIGHTS_IN_TURN = 8;
    /** Tokens that each row has room for: more than the timer draws. */
    private static final int SAMPLED = 1 << 14;

    private final KernelLibrary library;
    private final GpuTimer timer;
    private final Ceilings ceilings;
    private final KernelSizes sizes;
    private final List<KernelRow> rows = new ArrayList<>();

    private MemoryRows(KernelLibrary library, GpuTimer timer, Ceilings ceilings, KernelSizes sizes) {
        this.library = library;
        this.timer = timer;
        this.ceilings = ceilings;
        this.sizes = sizes;
    }

    static List<KernelRow> measure(KernelLibrary library, GpuTimer timer, Ceilings ceilings, KernelSizes sizes) {
        MemoryRows it = new MemoryRows(library, timer, ceilings, sizes);
        it.elementwise();
        it.norms();
        it.tables();
        it.weights();
        it.optimizer();
        it.sampling();
        return it.rows;
    }

    private void row(String kernel, String shape, double bytes, GpuTimer.Work work) {
        rows.add(KernelRow.ofBytes(kernel, shape, timer.time(work), bytes, ceilings));
    }

    private void elementwise() {
        ElementwiseKernels kernels = new ElementwiseKernels(library);
        long n = (long) sizes.tokens() * sizes.feedForward();
        try (DeviceArrays arrays = new DeviceArrays(library.driver())) {
            long a = arrays.bf16(n, 1);
            long b = arrays.bf16(n, 1);
            long c = arrays.bf16(n, 1);
            long d = arrays.empty(2 * n);
            long e = arrays.empty(2 * n);
            String shape = sizes.tokens() + "x" + sizes.feedForward() + " bf16";
            row("copy", shape, 4.0 * n, i -> kernels.copy(a, d, 2 * n, 0));
            row("add", shape, 6.0 * n, i -> kernels.add(Precision.BF16, a, b, d, n, 0));
            row("silu gate", shape, 6.0 * n, i -> kernels.gated(Activation.SILU, Precision.BF16, a, b, d, n, 0));
            row(
                    "silu gate backward",
                    shape,
                    10.0 * n,
                    i -> kernels.gatedBackward(Activation.SILU, Precision.BF16, a, b, c, d, e, n, 0));
            row(
                    "dropout",
                    shape,
                    4.0 * n,
                    i -> kernels.dropout(Precision.BF16, a, d, new DropoutMask(0.05f, 1, i), n, 0));
            long x = arrays.f32(n, 1);
            row(
                    "cast f32 to bf16",
                    sizes.tokens() + "x" + sizes.feedForward(),
                    6.0 * n,
                    i -> kernels.cast(DType.F32, DType.BF16, x, d, n, 0));
        }
    }

    private void norms() {
        NormKernels kernels = new NormKernels(library);
        long n = (long) sizes.tokens() * sizes.hidden();
        try (DeviceArrays arrays = new DeviceArrays(library.driver())) {
            long x = arrays.bf16(n, 1);
            long residual = arrays.bf16(n, 1);
            long dOut = arrays.bf16(n, 1);
            long out = arrays.empty(2 * n);
            long sum = arrays.empty(2 * n);
            long weight = arrays.bf16(sizes.hidden(), 1);
            long rstd = arrays.empty(4L * sizes.tokens());
            String shape = sizes.tokens() + "x" + sizes.hidden() + " bf16";
            row(
                    "rms norm",
                    shape,
                    4.0 * n,
                    i -> kernels.forward(
                            Precision.BF16, x, weight, 0, 1e-5f, out, rstd, sizes.tokens(), sizes.hidden(), 0));
            row(
                    "residual add + rms norm",
                    shape,
                    8.0 * n,
                    i -> kernels.addForward(
                            Precision.BF16,
                            x,
                            residual,
                            sum,
                            weight,
                            0,
                            1e-5f,
                            out,
                            rstd,
                            sizes.tokens(),
                            sizes.hidden(),
                            0));
            row(
                    "rms norm backward",
                    shape,
                    6.0 * n,
                    i -> kernels.backward(
                            Precision.BF16, x, weight, 0, rstd, dOut, out, false, sizes.tokens(), sizes.hidden(), 0));
            row(
                    "rms norm backward +=",
                    shape,
                    8.0 * n,
                    i -> kernels.backward(
                            Precision.BF16, x, weight, 0, rstd, dOut, out, true, sizes.tokens(), sizes.hidden(), 0));
        }
    }

    private void tables() {
        RowKernels gather = new RowKernels(library);
        LossKernels loss = new LossKernels(library);
        try (DeviceArrays arrays = new DeviceArrays(library.driver())) {
            int[] order = new int[sizes.tokens()];
            for (int i = 0; i < sizes.tokens(); i++) {
                order[i] = (int) (i * 7919L % sizes.vocabulary());
            }
            long table = arrays.bf16((long) sizes.vocabulary() * sizes.hidden(), 1);
            long ids = arrays.i32(order);
            long out = arrays.empty(2L * sizes.tokens() * sizes.hidden());
            row(
                    "embedding",
                    sizes.tokens() + "x" + sizes.hidden() + " bf16",
                    4.0 * sizes.tokens() * sizes.hidden(),
                    i -> gather.gather(
                            DType.BF16,
                            DType.BF16,
                            table,
                            sizes.vocabulary(),
                            ids,
                            out,
                            sizes.tokens(),
                            sizes.hidden(),
                            0));
            long n = (long) sizes.logitRows() * sizes.vocabulary();
            long logits = arrays.bf16(n, 1);
            long gradient = arrays.empty(2 * n);
            long losses = arrays.empty(4L * sizes.logitRows());
            row(
                    "cross-entropy + gradient",
                    sizes.logitRows() + "x" + sizes.vocabulary() + " bf16",
                    4.0 * n,
                    i -> loss.crossEntropy(
                            DType.BF16,
                            logits,
                            ids,
                            losses,
                            gradient,
                            1e-4f,
                            sizes.logitRows(),
                            sizes.vocabulary(),
                            0));
        }
    }

    private void fourBitProducts(DeviceArrays arrays, List<FourBitAddresses> turns, double stored) {
        FourBitProducts products = new FourBitProducts(library);
        int in = sizes.hidden();
        int out = sizes.feedForward();
        long x = arrays.bf16((long) FourBitProducts.MOST_ROWS * in, 1);
        long y = arrays.empty((long) Float.BYTES * FourBitProducts.MOST_ROWS * out);
        long workspace = arrays.empty(Math.max(1, FourBitProducts.workspaceBytes(FourBitProducts.MOST_ROWS, in)));
        for (int m : new int[] {1, 4, 8, 16, 32, 64}) {
            row("nf4 product", m + "x" + out + "x" + in, stored + 2.0 * m * (in + out), i -> {
                FourBitAddresses weight = turns.get(i % WEIGHTS_IN_TURN);
                products.launch(new FourBitProduct(weight, x, DType.BF16, y, false, m, out, in), workspace, 0);
            });
        }
    }

    private void weights() {
        FourBitKernels kernels = new FourBitKernels(library);
        long n = (long) sizes.feedForward() * sizes.hidden();
        String shape = sizes.feedForward() + "x" + sizes.hidden();
        try (DeviceArrays arrays = new DeviceArrays(library.driver())) {
            long code = arrays.f32(FourBitFormat.NF4.codebook());
            List<FourBitAddresses> turns = new ArrayList<>();
            List<FourBitAddresses> nested = new ArrayList<>();
            for (int i = 0; i < WEIGHTS_IN_TURN; i++) {
                long packed = arrays.bytes(n / 2);
                turns.add(new FourBitAddresses(packed, code, arrays.f32(n / 64, 1), 0, 0, 0, 64, DType.BF16));
                nested.add(new FourBitAddresses(
                        packed,
                        code,
                        arrays.bytes(n / 64),
                        arrays.f32(n / 64 / 256 + 1, 1),
                        arrays.f32(256, 1),
                        0.01f,
                        64,
                        DType.BF16));
            }
            double stored = n * (0.5 + 4.0 / 64);
            double storedNested = n * (0.5 + 1.0 / 64 + 4.0 / 64 / 256);
            long out = arrays.empty(2 * n);
            row(
                    "nf4 to bf16",
                    shape,
                    stored + 2.0 * n,
                    i -> kernels.dequantize(turns.get(i % WEIGHTS_IN_TURN), DType.BF16, out, n, 0));
            row(
                    "nf4 double to bf16",
                    shape,
                    storedNested + 2.0 * n,
                    i -> kernels.dequantize(nested.get(i % WEIGHTS_IN_TURN), DType.BF16, out, n, 0));
            long values = arrays.bf16(n, 0.02f);
            long packed = arrays.empty(n / 2);
            long absmax = arrays.empty(n / 16);
            long failed = arrays.i32(0);
            row(
                    "quantize bf16 to nf4",
                    shape,
                    stored + 2.0 * n,
                    i -> kernels.quantize(DType.BF16, values, code, 64, packed, absmax, failed, n, 0));
            fourBitProducts(arrays, turns, stored);
            GgmlKernels ggml = new GgmlKernels(library);
            double superBlocks = n / 256.0;
            long blocks = arrays.bytes((long) (superBlocks * 210));
            row(
                    "Q4_K to bf16",
                    shape,
                    superBlocks * 144 + 2.0 * n,
                    i -> ggml.widen("Q4_K", DType.BF16, blocks, out, n, 0));
            row(
                    "Q6_K to bf16",
                    shape,
                    superBlocks * 210 + 2.0 * n,
                    i -> ggml.widen("Q6_K", DType.BF16, blocks, out, n, 0));
        }
    }

    private void optimizer() {
        OptimizerKernels kernels = new OptimizerKernels(library);
        long n = sizes.parameters();
        String shape = n + " parameters";
        AdamWFactors factors = AdamWFactors.of(1e-4, 0.9, 0.999, 1e-8, 0, 3);
        try (DeviceArrays arrays = new DeviceArrays(library.driver())) {
            long p = arrays.f32(n, 1);
            long g = arrays.f32(n, 1e-3f);
            long m = arrays.f32(n, 1e-3f);
            long v = arrays.empty(4 * n);
            library.driver().fill(v, (byte) 0, 4 * n, 0);
            long scale = arrays.f32(1, 1);
            row("adamw", shape, 28.0 * n, i -> kernels.adamW(p, g, m, v, 0, scale, factors, n, 0));
            long blocks = Blockwise8Bit.blocks(n);
            var first = new OptimizerKernels.Moment(
                    arrays.bytes(n),
                    arrays.f32(blocks, 1),
                    arrays.f32(DynamicMap.SIGNED.codes().values()));
            var second = new OptimizerKernels.Moment(
                    arrays.bytes(n),
                    arrays.f32(blocks, 1),
                    arrays.f32(DynamicMap.UNSIGNED.codes().values()));
            row(
                    "adamw 8-bit",
                    shape,
                    16.0 * n + 16.0 * blocks,
                    i -> kernels.adamW8bit(p, g, first, second, 0, scale, factors, n, 0));
            long partial = arrays.empty(Math.max(8, OptimizerKernels.partialBytes(n)));
            long squares = arrays.empty(8);
            row("sum of squares", shape, 4.0 * n, i -> kernels.sumSquares(g, partial, squares, false, n, 0));
        }
    }

    private void sampling() {
        SamplingKernels kernels = new SamplingKernels(library);
        int batch = sizes.sampledRows();
        int vocabulary = sizes.sampledVocabulary();
        try (DeviceArrays arrays = new DeviceArrays(library.driver());
                Backend reference = new ReferenceBackend();
                Scope host = new Scope("sampling", reference);
                Arena arena = Arena.ofConfined()) {
            long logits = arrays.bf16((long) batch * vocabulary, 2);
            long out = arrays.empty(4L * batch);
            long work = arrays.empty(Math.max(4, SamplingKernels.workBytes(batch, vocabulary)));
            for (SamplerSettings settings :
                    List.of(SamplerSettings.GREEDY, SamplerSettings.of(0.7, 1), SamplerSettings.of(0.7, 0.95))) {
                SampleRequest request = new SampleRequest(settings, new int[0], 1, 2, 3);
                SamplingState state = SamplingState.of(host, Collections.nCopies(batch, request), SAMPLED);
                SamplingKernels.History history = new SamplingKernels.History(
                        onDevice(arrays, arena, state.history().ids()),
                        onDevice(arrays, arena, state.history().lengths()),
                        batch,
                        SAMPLED);
                SamplingKernels.Rules rules = new SamplingKernels.Rules(
                        onDevice(arrays, arena, state.rules().settings()),
                        onDevice(arrays, arena, state.rules().keys()),
                        onDevice(arrays, arena, state.rules().forbidden()),
                        onDevice(arrays, arena, state.rules().parts()));
                long slots = onDevice(arrays, arena, SamplingState.allSlots(host, batch));
                String name = settings.isGreedy() ? "greedy" : "top-p " + settings.topP();
                row(
                        "sampling, " + name,
                        batch + "x" + vocabulary + " bf16",
                        2.0 * batch * vocabulary,
                        i -> kernels.sample(
                                DType.BF16, logits, slots, history, rules, work, out, batch, vocabulary, 0));
            }
        }
    }

    private long onDevice(DeviceArrays arrays, Arena arena, Tensor tensor) {
        MemorySegment host = HostMemory.of(tensor);
        MemorySegment copy = arena.allocate(Math.max(4, host.byteSize()), 64);
        copy.asSlice(0, host.byteSize()).copyFrom(host);
        long address = arrays.empty(copy.byteSize());
        library.driver().upload(copy, address, 0);
        library.driver().synchronize(0);
        return address;
    }
}
