/** Blockwise 4-bit and 8-bit codecs as bitsandbytes computes them, and half-precision conversions. */
package dev.errata.quant;
