package dev.errata.bench.gpu;

import dev.errata.bench.measure.Spread;
import dev.errata.bench.model.ModelTest;
import dev.errata.kernels.cuda.CudaBackend;
import dev.errata.kernels.cuda.CudaDriver;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Precision;
import dev.errata.model.weights.FourBitSpec;
import dev.errata.quant.FourBitFormat;
import dev.errata.tensor.sampling.SamplerSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Consumer;

/**
 * Writing with synthetic weights through the generation engine, sampled at temperature 0.7.
 *
 * @param fourBit whether linear layers are in NF4 with double quantization, else in BF16
 * @param batches sequences together, each measured by itself
 * @param context tokens of each prompt
 * @param tokens that each sequence writes
 */
record DecodingBench(LlamaSize size, boolean fourBit, List<Integer> batches, int context, int tokens) {
    private static final SamplerSettings SAMPLER = SamplerSettings.of(0.7, 1);
    private static final FourBitSpec NF4 = new FourBitSpec(FourBitFormat.NF4, 64, true);
    private static final int REPEAT = 2;
    private static final int SEED = 53;

    /** What the weights are in. */
    String weights() {
        return fourBit ? "nf4" : "bf16";
    }

    /**
     * @param bytesPerSecond of the device's memory
     * @param limit looked at between runs: each batch that is begun is measured once at least
     */
    List<DecodingRow> measure(GpuDevice device, double bytesPerSecond, TimeLimit limit, Consumer<String> progress) {
        List<DecodingRow> rows = new ArrayList<>();
        CudaDriver driver = device.open();
        try (CudaBackend backend = device.backend(driver);
                Decoder decoder = Decoder.load(
                        size.config(), new SyntheticWeights(backend), backend, fourBit ? NF4 : null, Precision.BF16)) {
            long weights = backend.liveBytes();
            for (int batch : batches) {
                if (limit.isOver()) {
                    break;
                }
                backend.resetPeak();
                ModelTest.Generate test = new ModelTest.Generate(tokens, batch, context);
                double first = test.run(decoder, SAMPLER, SEED, 0);
                List<Double> rates = new ArrayList<>();
                do {
                    rates.add(test.run(decoder, SAMPLER, SEED, rates.size() + 1));
                    progress.accept(String.format(
                            Locale.ROOT,
                            "%s %s, %d together: %.0f tokens/s",
                            size.name(),
                            weights(),
                            batch,
                            rates.getLast()));
                } while (rates.size() < REPEAT && !limit.isOver());
                // Keys and values of a sequence in the middle of its writing.
                double read = weights + batch * (context + tokens / 2.0) * size.keyValueBytes();
                Spread rate = Spread.of(
                        rates.stream().mapToDouble(Double::doubleValue).toArray());
                double floor = batch * bytesPerSecond / read;
                rows.add(new DecodingRow(
                        size.name(),
                        weights(),
                        batch,
                        context,
                        tokens,
                        first,
                        rate,
                        floor,
                        rate.median() / floor,
                        weights,
                        backend.peakBytes(),
                        backend.peakReservedBytes()));
            }
        }
        return rows;
    }
}
