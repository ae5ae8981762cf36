/** The block formats of GGUF files and how they are decoded, in plain Java. */
package dev.errata.tensor.ggml;
