/** {@code gpu-check}: a device's operators, training and decoding beside the CPU's. */
package dev.errata.bench.gpu.check;
