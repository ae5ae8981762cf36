/** A simulator of CUDA devices that runs PTX as it ships and reports what a kernel does wrong. */
package dev.errata.kernels.sim;
