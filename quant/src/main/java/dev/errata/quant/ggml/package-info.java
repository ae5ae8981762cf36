/** Encoding F32 to the block formats of GGUF files; {@link dev.errata.tensor.ggml} decodes them. */
package dev.errata.quant.ggml;
