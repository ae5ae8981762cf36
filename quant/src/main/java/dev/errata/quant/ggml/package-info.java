/** The block formats of GGUF files, decoded to F32 and encoded from it. */
package dev.errata.quant.ggml;
