/** {@code errata kernels}: the CUDA kernels that ship, and how one is compiled anew. */
package dev.errata.bench.kernels;
