package dev.errata.train.config;

import dev.errata.model.weights.FourBitSpec;
import dev.errata.quant.FourBitFormat;
import dev.errata.train.binding.Checked;
import dev.errata.train.binding.Default;
import dev.errata.train.binding.OneOf;
import dev.errata.train.binding.Place;
import dev.errata.train.binding.Range;

/**
 * How the frozen base is quantized: blocks of {@code blockSize} weights, as bitsandbytes does it.
 *
 * @param format the code book
 * @param blockSize weights that share a scale
 * @param doubleQuant scales are quantized too
 */
public record QuantizationConfig(
        @Default("nf4") @OneOf({"nf4", "fp4"}) String format,
        @Default("64") @Range(min = 1) int blockSize,
        @Default("true") boolean doubleQuant)
        implements Checked {
    /** As the decoder takes it. */
    public FourBitSpec spec() {
        return new FourBitSpec(FourBitFormat.named(format).orElseThrow(), blockSize, doubleQuant);
    }

    @Override
    public void check(Place place) {
        if (blockSize < 32 || blockSize > 4096 || Integer.bitCount(blockSize) != 1) {
            throw place.wrong("block_size", "is " + blockSize, "give a power of two from 32 to 4096");
        }
    }
}
