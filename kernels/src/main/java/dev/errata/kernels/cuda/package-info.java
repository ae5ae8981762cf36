/** The CUDA backend: one set of kernels and host code over {@link dev.errata.kernels.cuda.CudaDriver}, real or simulated. */
package dev.errata.kernels.cuda;
