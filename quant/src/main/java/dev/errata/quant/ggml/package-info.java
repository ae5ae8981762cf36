/** The block formats of GGUF files, decoded to F32. */
package dev.errata.quant.ggml;
