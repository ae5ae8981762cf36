package dev.errata.bench.gpu;

import dev.errata.bench.measure.Spread;
import dev.errata.bench.model.ModelTest;
import dev.errata.kernels.cuda.CudaBackend;
import dev.errata.kernels.cuda.CudaDriver;
import dev.errata.model.decoder.Decoder;
import dev.errata.model.decoder.Precision;
import dev.errata.model.weights.FourBitSpec;
import dev.errata.quant.FourBitFormat;
import dev.errata.tensor.Backend;
import dev.errata.tensor.RunFailedException;
import dev.errata.tensor.sampling.SamplerSettings;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Writing with synthetic weights through the generation engine, sampled at temperature 0.7.
 *
 * @param fourBit whether linear layers are in NF4 with double quantization, else in BF16
 * @param batches sequences together, each measured by itself
 * @param context tokens of each prompt
 * @param tokens that each sequence writes
 * @param repeat measured runs of each batch, after another
 */
record DecodingBench(LlamaSize size, boolean fourBit, List<Integer> batches, int context, int tokens, int repeat) {
    private static final SamplerSettings SAMPLER = SamplerSettings.of(0.7, 1);
    private static final FourBitSpec NF4 = new FourBitSpec(FourBitFormat.NF4, 64, true);
    private static final int SEED = 53;

    /** What the weights are in. */
    String weights() {
        return fourBit ? "nf4" : "bf16";
    }

    /**
     * @param bytesPerSecond of the device's memory
     * @param limit looked at between runs: each batch is measured once at least
     */
    List<DecodingRow> measure(GpuDevice device, double bytesPerSecond, TimeLimit limit, Consumer<String> progress) {
        List<DecodingRow> rows = new ArrayList<>();
        CudaDriver driver = device.open();
        try (CudaBackend backend = device.backend(driver);
                Decoder decoder = Decoder.load(
                        size.config(), new SyntheticWeights(backend), backend, fourBit ? NF4 : null, Precision.BF16)) {
            long weights = backend.liveBytes();
            for (int batch : batches) {
                rows.add(row(decoder, batch, weights, bytesPerSecond, limit, progress));
            }
        }
        return rows;
    }

    private DecodingRow row(
            Decoder decoder,
            int batch,
            long weights,
            double bytesPerSecond,
            TimeLimit limit,
            Consumer<String> progress) {
        Backend backend = decoder.backend();
        backend.resetPeak();
        ModelTest.Generate test = new ModelTest.Generate(tokens, batch, context);
        List<Double> rates = new ArrayList<>();
        double first = 0;
        String refusal = null;
        try {
            first = test.run(decoder, SAMPLER, SEED, 0);
            do {
                rates.add(test.run(decoder, SAMPLER, SEED, rates.size() + 1));
            } while (rates.size() < repeat && !limit.isOver());
        } catch (RunFailedException e) {
            refusal = e.getMessage();
        }
        // Keys and values of a sequence in the middle of its writing.
        double read = weights + batch * (context + tokens / 2.0) * size.keyValueBytes();
        Spread rate = rates.isEmpty()
                ? null
                : Spread.of(rates.stream().mapToDouble(Double::doubleValue).toArray());
        double floor = batch * bytesPerSecond / read;
        progress.accept(size.name() + " " + weights() + ", " + batch + " together: "
                + (refusal == null ? rate.shownMedian() + " tokens/s" : refusal));
        return new DecodingRow(
                size.name(),
                weights(),
                batch,
                context,
                tokens,
                first,
                rate,
                floor,
                rate == null ? 0 : rate.median() / floor,
                weights,
                backend.peakBytes(),
                backend.peakReservedBytes(),
                refusal);
    }
}
