package dev.errata.bench.gpu;

import dev.errata.bench.gpu.GpuBenchResult.Rows;
import dev.errata.kernels.cuda.CudaDriver;
import dev.errata.kernels.cuda.KernelLibrary;
import java.util.List;
import java.util.function.Consumer;

/**
 * A part of {@code gpu-bench}.
 *
 * @param name as in {@code --only}
 */
record GpuBenchPart(String name, Measurement measurement) {
    /** All of them in their order: what tells most comes first, for where time is short. */
    static final List<GpuBenchPart> ALL = List.of(
            new GpuBenchPart("train-7b", training(LlamaSize.B7)),
            new GpuBenchPart("decode-7b", decoding(LlamaSize.B7, true)),
            new GpuBenchPart("decode-7b-bf16", decoding(LlamaSize.B7, false)),
            new GpuBenchPart("memory", kernels(MemoryRows::measure)),
            new GpuBenchPart("attention", kernels(AttentionRows::measure)),
            new GpuBenchPart("products", kernels(GemmRows::measure)),
            new GpuBenchPart("train-13b", training(LlamaSize.B13)),
            new GpuBenchPart("decode-13b", decoding(LlamaSize.B13, true)),
            new GpuBenchPart("train-70b", training(LlamaSize.B70)),
            new GpuBenchPart("decode-70b", decoding(LlamaSize.B70, true)));

    private static final int ROWS = 16;
    private static final int LENGTH = 512;
    private static final int RANK = 64;
    private static final int STEPS = 3;
    private static final List<Integer> BATCHES = List.of(1, 32, 256);
    private static final int CONTEXT = 100;
    private static final int WRITTEN = 64;
    private static final int REPEAT = 2;

    /**
     * What a part works with.
     *
     * @param ceilings of this call
     */
    record Setting(GpuDevice device, Ceilings ceilings, TimeLimit limit, Consumer<String> progress) {
        boolean isSimulated() {
            return device == GpuDevice.SIM;
        }
    }

    /** What a part measures. */
    interface Measurement {
        Rows measure(Setting setting);
    }

    private interface Kernels {
        List<KernelRow> measure(KernelLibrary library, GpuTimer timer, Ceilings ceilings, KernelSizes sizes);
    }

    static List<String> names() {
        return ALL.stream().map(GpuBenchPart::name).toList();
    }

    Rows measure(Setting setting) {
        return measurement.measure(setting);
    }

    private static Measurement training(LlamaSize size) {
        return setting -> {
            TrainingBench bench = setting.isSimulated()
                    ? new TrainingBench(LlamaSize.TINY, 2, 16, 8, 1)
                    : new TrainingBench(size, ROWS, LENGTH, RANK, STEPS);
            return Rows.ofTraining(bench.measure(
                    setting.device(), setting.ceilings().operationsPerSecond(), setting.limit(), setting.progress()));
        };
    }

    private static Measurement decoding(LlamaSize size, boolean fourBit) {
        return setting -> {
            DecodingBench bench = setting.isSimulated()
                    ? new DecodingBench(LlamaSize.TINY, fourBit, List.of(1, 2), 4, 3, 1)
                    : new DecodingBench(size, fourBit, BATCHES, CONTEXT, WRITTEN, REPEAT);
            return Rows.ofDecoding(bench.measure(
                    setting.device(), setting.ceilings().copyBytesPerSecond(), setting.limit(), setting.progress()));
        };
    }

    private static Measurement kernels(Kernels kernels) {
        return setting -> {
            try (CudaDriver driver = setting.device().open();
                    KernelLibrary library = new KernelLibrary(driver);
                    GpuTimer timer = new GpuTimer(driver, 0, setting.isSimulated())) {
                return Rows.ofKernels(kernels.measure(library, timer, setting.ceilings(), sizes(setting.device())));
            }
        };
    }

    static KernelSizes sizes(GpuDevice device) {
        return device == GpuDevice.SIM ? KernelSizes.TINY : KernelSizes.LLAMA_7B;
    }
}
