package dev.errata.model.decoder;

import dev.errata.quant.FourBitFormat;

/** How linear layers are quantized on loading. */
public record FourBitSpec(FourBitFormat format, int blockSize, boolean doubleQuant) {}
